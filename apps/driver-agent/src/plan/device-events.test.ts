import { describe, expect, test } from '@jest/globals';
import type { CxiDeviceStatus } from '@rackwright/api';
import { handler, nic, view } from '../testing/devices.ts';
import { deviceAdded, deviceRemoved, healthEvents, retryHandlerEvents } from './device-events.ts';

test('found and lost NICs are told with their PCI address if it is known', () => {
  expect(deviceAdded(nic()).message).toBe('NIC cxi0 at 0000:21:00.0 was found');
  expect(deviceRemoved('cxi0', undefined).message).toBe('NIC cxi0 is gone');
});

describe('health', () => {
  type Health = NonNullable<CxiDeviceStatus['health']>;
  const healthy: Health = { status: 'Healthy', reason: 'Healthy', message: 'the link is up' };
  const down: Health = { status: 'Unhealthy', reason: 'LinkDown', message: 'the link is down' };
  const out: Health = { status: 'Unhealthy', reason: 'OutOfService', message: 'taken out' };
  const missing: Health = { status: 'Unhealthy', reason: 'DeviceNodeMissing', message: 'no node' };
  const settling: Health = { status: 'Unhealthy', reason: 'Settling', message: 'not yet for 1s' };
  const told = (health: Health, before?: Health): string[] =>
    healthEvents('n1-cxi0', { health, device: 'cxi0' }, before && { type: 'pf', health: before }).map(
      ({ type, reason, message }) => `${type} ${reason}: ${message}`,
    );

  test.each([
    ['a NIC found healthy', healthy, undefined],
    ['a NIC that stays healthy', healthy, healthy],
    ['a NIC that stays unhealthy for the same reason', down, down],
    ['a NIC that stays out of service', out, out],
    ['a NIC that is well again, but not yet for long enough', settling, down],
  ])('%s is no news', (_, now, before) => {
    expect(told(now, before)).toEqual([]);
  });

  test.each([
    [
      'a NIC found unhealthy',
      down,
      undefined,
      'Warning DeviceUnhealthy: cxi0 is unhealthy: the link is down',
    ],
    [
      'a NIC that becomes unhealthy',
      down,
      healthy,
      'Warning DeviceUnhealthy: cxi0 is unhealthy: the link is down',
    ],
    [
      'a NIC that went down and came back unseen',
      settling,
      healthy,
      'Warning DeviceUnhealthy: cxi0 is unhealthy: not yet for 1s',
    ],
    ['another reason', missing, down, 'Warning DeviceUnhealthy: cxi0 is unhealthy: no node'],
    [
      'a NIC that is taken out of service',
      out,
      healthy,
      'Normal DeviceOutOfService: cxi0 was taken out of service: no new pod gets it',
    ],
    [
      'a NIC that is put back',
      healthy,
      out,
      'Normal DeviceInService: cxi0 is in service again and healthy: the link is up',
    ],
    [
      'a NIC that is put back and not well',
      down,
      out,
      'Normal DeviceInService: cxi0 is in service again and unhealthy: the link is down',
    ],
    ['a recovery', healthy, down, 'Normal DeviceHealthy: cxi0 is healthy again'],
  ])('%s is told', (_, now, before, event) => {
    expect(told(now, before)).toEqual([event]);
  });
});

describe('the death of a retry handler', () => {
  const stored = (retryHandler: CxiDeviceStatus['retryHandler']): CxiDeviceStatus => ({
    type: 'pf',
    ...(retryHandler === undefined ? {} : { retryHandler }),
  });
  const lastExit = { code: null, signal: 'SIGKILL', at: '' };
  const told = (entry: Parameters<typeof handler>[0], before: CxiDeviceStatus | undefined): string[] =>
    retryHandlerEvents('n1-cxi0', view({}, { retryHandler: handler(entry) }), before).map(
      ({ message }) => message,
    );

  test('is told with its cause when a running one ended', () => {
    const before = stored({ state: 'Running', restarts: 0 });
    expect(told({ state: 'Backoff', lastExit }, before)).toEqual([
      'the retry handler of cxi0 died of SIGKILL',
    ]);
    expect(told({ state: 'Failed', rebootRequired: true }, before)).toEqual([
      'the retry handler of cxi0 died; the node must be rebooted',
    ]);
  });

  test('is told although it runs again already', () => {
    const before = stored({ state: 'Running', restarts: 1 });
    const exit = { code: 2, signal: null, at: '' };
    expect(told({ state: 'Running', restarts: 2, lastExit: exit }, before)).toEqual([
      'the retry handler of cxi0 died with exit code 2',
    ]);
  });

  test.each([
    ['a handler that was stopped', { state: 'Stopped' }, stored({ state: 'Running', restarts: 0 })],
    ['a handler that was dead before', { state: 'Failed' }, stored({ state: 'Failed', restarts: 0 })],
    ['restarts counted anew by a new supervisor', { restarts: 0 }, stored({ state: 'Running', restarts: 4 })],
    ['a device that is new', { state: 'Failed' }, undefined],
    ['a device nothing was known of', { restarts: 3 }, stored(undefined)],
  ] as const)('is not told of %s', (_, entry, before) => {
    expect(told(entry, before)).toEqual([]);
  });
});
