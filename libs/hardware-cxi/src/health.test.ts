import { expect, test } from '@jest/globals';
import type { CxiDevice } from './device.ts';
import { assessHealth } from './health.ts';
import type { RetryHandlerEntry } from './retry-handler-state.ts';

const well: CxiDevice = {
  name: 'cxi0',
  index: 0,
  kind: 'pf',
  linkState: 'up',
  linkRestarts: [],
  retryHandlerEq: 3,
  devNode: { path: '/dev/cxi0', present: true },
  pciEnabled: true,
  problems: [],
};
const died: RetryHandlerEntry = {
  device: 'cxi0',
  state: 'Failed',
  restarts: 0,
  since: '2026-01-01T00:00:00.000Z',
  rebootRequired: true,
};

function health(facts: Partial<CxiDevice>, requireRetryHandler = false, entry?: RetryHandlerEntry): string {
  const policy = { requireRetryHandler, ...(entry !== undefined && { retryHandler: entry }) };
  const { status, reason } = assessHealth({ ...well, ...facts }, policy);
  return `${status} ${reason}`;
}

test('a device is healthy only if nothing speaks against it', () => {
  expect(health({}, true)).toBe('Healthy Healthy');
  expect(health({ devNode: { path: '/dev/cxi0', present: false } })).toBe('Unhealthy DeviceNodeMissing');
  expect(health({ pciEnabled: false })).toBe('Unhealthy PciDisabled');
  expect(health({ linkState: 'down' })).toBe('Unhealthy LinkDown');
  expect(health({ linkState: 'unknown' })).toBe('Unknown LinkUnknown');
});

test('a retry handler is asked for only where the policy wants one', () => {
  expect(health({ retryHandlerEq: 0 })).toBe('Healthy Healthy');
  expect(health({ retryHandlerEq: 0 }, true)).toBe('Unhealthy RetryHandlerMissing');
  const { retryHandlerEq: _, ...silent } = well;
  expect(assessHealth(silent, { requireRetryHandler: true }).status).toBe('Unknown');
});

test('a virtual function has no retry handler of its own', () => {
  expect(health({ kind: 'vf', retryHandlerEq: 0 }, true, died)).toBe('Healthy Healthy');
});

test('after a retry handler died the device is degraded until the node reboots', () => {
  expect(health({}, false, died)).toBe('Degraded RebootRequired');
  expect(health({ linkState: 'down' }, false, died)).toBe('Unhealthy LinkDown');
});
