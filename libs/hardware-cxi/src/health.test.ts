import { expect, test } from '@jest/globals';
import type { CxiDevice } from './device.ts';
import { evaluateHealth, type HealthObservations, isUsable, nothingObserved } from './health.ts';
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

const observed = (more: Partial<HealthObservations>): HealthObservations => ({ ...nothingObserved, ...more });

function health(facts: Partial<CxiDevice>, requireRetryHandler = false, entry?: RetryHandlerEntry): string {
  const retryHandlers = new Map(entry === undefined ? [] : [[entry.device, entry]]);
  const { status, reason } = evaluateHealth(
    { ...well, ...facts },
    observed({ requireRetryHandler, retryHandlers }),
  );
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
  expect(evaluateHealth(silent, observed({ requireRetryHandler: true })).status).toBe('Unknown');
});

test('a virtual function has no retry handler of its own', () => {
  expect(health({ kind: 'vf', retryHandlerEq: 0 }, true, died)).toBe('Healthy Healthy');
});

test('after a retry handler died under load the device is unhealthy until the node reboots', () => {
  expect(health({}, false, died)).toBe('Unhealthy RebootRequired');
  expect(health({ linkState: 'down' }, false, died)).toBe('Unhealthy LinkDown');
});

test('a device whose retry handler died is degraded where none is required, and given to pods', () => {
  const idle = { ...died, rebootRequired: false };
  expect(health({ retryHandlerEq: 0 }, false, idle)).toBe('Degraded RetryHandlerDown');
  expect(health({ retryHandlerEq: 0 }, false, { ...idle, state: 'Backoff' })).toBe(
    'Degraded RetryHandlerDown',
  );
  expect(health({ retryHandlerEq: 0 }, false, { ...idle, state: 'Stopped' })).toBe('Healthy Healthy');
  expect(health({ retryHandlerEq: 0 }, true, idle)).toBe('Unhealthy RetryHandlerMissing');
  // The register decides: somebody else's handler serves the NIC.
  expect(health({ retryHandlerEq: 5 }, false, idle)).toBe('Healthy Healthy');
});

test('a device is given to pods exactly if it is healthy or degraded', () => {
  const usable = (['Healthy', 'Degraded', 'Unhealthy', 'Unknown'] as const).filter((status) =>
    isUsable({ status }),
  );
  expect(usable).toEqual(['Healthy', 'Degraded']);
});

test('a device out of service says so first, and how it is besides', () => {
  const out = (facts: Partial<CxiDevice>) =>
    evaluateHealth({ ...well, ...facts }, observed({ outOfService: new Set(['cxi0']) }));
  expect(out({})).toEqual({
    status: 'Unhealthy',
    reason: 'OutOfService',
    message: 'taken out of service by spec.unschedulable',
  });
  expect(out({ linkState: 'down' })).toMatchObject({
    reason: 'OutOfService',
    message: 'taken out of service by spec.unschedulable; besides, the link is down',
  });
});

test('a device node that cannot be opened is named, after everything the driver says', () => {
  const nodeErrors = new Map([['cxi0', 'ENXIO']]);
  expect(evaluateHealth(well, observed({ nodeErrors }))).toEqual({
    status: 'Unhealthy',
    reason: 'DeviceNodeUnusable',
    message: '/dev/cxi0 cannot be opened: ENXIO',
  });
  const down = { ...well, linkState: 'down' } as const;
  expect(evaluateHealth(down, observed({ nodeErrors })).reason).toBe('LinkDown');
});
