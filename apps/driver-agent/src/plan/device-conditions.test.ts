import { describe, expect, test } from '@jest/globals';
import type { DeviceHealth } from '@rackwright/hardware-cxi';
import { handler, nic, view } from '../testing/devices.ts';
import { deviceConditions } from './device-conditions.ts';

const brief = (...args: Parameters<typeof view>) =>
  Object.fromEntries(
    deviceConditions(view(...args)).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );

test('a NIC in good order', () => {
  expect(brief({ retryHandlerEq: 3 }, { retryHandler: handler() })).toEqual({
    Ready: 'True Healthy',
    LinkUp: 'True LinkUp',
    RetryHandlerRunning: 'True Running',
    Inspected: 'True Complete',
  });
});

test.each([
  ['Degraded', 'True'],
  ['Unhealthy', 'False'],
  ['Unknown', 'Unknown'],
] as const)('health %s makes Ready %s', (status, ready) => {
  const health: DeviceHealth = { status, reason: 'Why', message: 'm' };
  expect(brief({}, { health }).Ready).toBe(`${ready} Why`);
});

test.each([
  ['down', 'False LinkDown'],
  ['unknown', 'Unknown LinkUnknown'],
] as const)('a link that is %s is %s', (linkState, found) => {
  expect(brief({ linkState }).LinkUp).toBe(found);
});

describe('RetryHandlerRunning', () => {
  const running = (...args: Parameters<typeof view>) => brief(...args).RetryHandlerRunning;

  test('follows the NIC where nobody supervises', () => {
    expect(running({ retryHandlerEq: 3 })).toBe('True External');
    expect(running({ retryHandlerEq: 0 })).toBe('False NotRegistered');
  });

  test('follows the supervisor where it saw the handler end', () => {
    expect(running({ retryHandlerEq: 3 }, { retryHandler: handler({ state: 'Failed' }) })).toBe(
      'False Failed',
    );
    const retryHandler = handler({ state: 'Failed', rebootRequired: true });
    expect(running({ retryHandlerEq: 3 }, { retryHandler })).toBe('False RebootRequired');
  });

  const { retryHandlerEq: _, ...silent } = nic();

  test('follows the supervisor where the driver says nothing', () => {
    const told = (state: 'Running' | 'Starting') =>
      deviceConditions({ ...view({}, { retryHandler: handler({ state }) }), device: silent });
    expect(told('Running')[2]).toMatchObject({ type: 'RetryHandlerRunning', status: 'True' });
    expect(told('Starting')[2]).toMatchObject({ type: 'RetryHandlerRunning', status: 'Unknown' });
  });

  test('is absent where nobody says anything, and for virtual functions', () => {
    expect(deviceConditions({ ...view(), device: silent }).map(({ type }) => type)).toEqual([
      'Ready',
      'LinkUp',
      'Inspected',
    ]);
    expect(running({ kind: 'vf', retryHandlerEq: 3 })).toBeUndefined();
  });
});

test('what could not be read is listed, within bounds', () => {
  const problems = ['properties/nid: makes no sense', 'x'.repeat(5000)];
  const found = deviceConditions(view({ problems })).find(({ type }) => type === 'Inspected');
  expect(found).toMatchObject({ status: 'False', reason: 'Incomplete' });
  expect(found?.message).toMatch(/^properties\/nid: makes no sense; x{900}/);
  expect(found?.message).toHaveLength(1024);
});
