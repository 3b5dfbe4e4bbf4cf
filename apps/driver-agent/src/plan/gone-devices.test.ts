import { expect, test } from '@jest/globals';
import type { CxiDeviceObject } from '@rackwright/api';
import type { DeviceView } from '../model.ts';
import { formatActions } from './action.ts';
import { planGone } from './gone-devices.ts';

const at = Date.UTC(2026, 0, 1);
const minutes = 60_000;
const policy = {
  switchIdMask: 0xfffc0,
  heartbeatMs: 300_000,
  forgetAfterMs: 10 * minutes,
};

function stored(status: CxiDeviceObject['status']): CxiDeviceObject {
  const labels = { 'slingshot.hpe.com/device': 'cxi1' };
  return { metadata: { name: 'n1-cxi1', uid: 'u', labels }, ...(status === undefined ? {} : { status }) };
}

const healthy = stored({
  node: 'n1',
  device: 'cxi1',
  type: 'pf',
  numaNode: 0,
  pciAddress: '0000:41:00.0',
  linkState: 'up',
  health: { status: 'Healthy', lastCheck: '2025-12-31T23:00:00Z' },
});

function plan(
  object: CxiDeviceObject,
  options: { now?: number; devices?: DeviceView[]; forgetAfterMs?: number; outOfService?: string[] } = {},
) {
  return planGone({
    node: 'n1',
    devices: options.devices ?? [],
    now: options.now ?? at,
    outOfService: new Set(options.outOfService),
    policy: { ...policy, forgetAfterMs: options.forgetAfterMs ?? policy.forgetAfterMs },
    observed: { node: { uid: 'n', labels: {} }, devices: new Map([['n1-cxi1', object]]) },
  });
}

/** The object after the plan for it was carried out. */
function afterwards(object: CxiDeviceObject): CxiDeviceObject {
  const [action] = plan(object);
  if (action?.kind !== 'applyStatus') throw new Error('expected a status');
  return { ...object, ...(action.object.status === undefined ? {} : { status: action.object.status }) };
}

test('a NIC that vanishes stays as an Unhealthy CXIDevice with what was known of it, and is warned of', () => {
  const [action, ...rest] = plan(healthy);
  expect(rest).toEqual([]);
  expect(action).toMatchObject({
    kind: 'applyStatus',
    object: {
      status: {
        numaNode: 0,
        linkState: 'unknown',
        health: { status: 'Unhealthy', reason: 'DeviceMissing' },
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'LinkUp', status: 'Unknown' },
        ],
      },
    },
    events: [
      {
        type: 'Warning',
        reason: 'DeviceUnhealthy',
        message: 'cxi1 is unhealthy: the NIC is gone from the host',
      },
      { type: 'Normal', reason: 'DeviceRemoved' },
    ],
  });
});

test('it is written once, and deleted after its time without another event', () => {
  const marked = afterwards(healthy);
  expect(plan(marked, { now: at + 9 * minutes })).toEqual([]);
  const actions = plan(marked, { now: at + 10 * minutes });
  expect(formatActions(actions)).toBe('deleteDevice n1-cxi1\n');
  expect(actions[0]?.events).toEqual([]);
});

test('a card that came back under another name leaves no second object', () => {
  const device = { name: 'cxi2', pciAddress: '0000:41:00.0' } as DeviceView['device'];
  const devices = [{ device, health: { status: 'Healthy', reason: 'Healthy', message: '' } } as DeviceView];
  for (const object of [healthy, afterwards(healthy)]) {
    expect(formatActions(plan(object, { devices }))).toBe('deleteDevice n1-cxi1\n');
  }
});

test('an object of which nothing is known, and every one when nothing is to be kept, is deleted at once', () => {
  expect(formatActions(plan(stored(undefined)))).toBe('deleteDevice n1-cxi1\n');
  expect(formatActions(plan(healthy, { forgetAfterMs: 0 }))).toBe('deleteDevice n1-cxi1\n');
});

test('a NIC out of service that vanishes is never forgotten: its CXIDevice holds the decision', () => {
  const out = stored({
    ...{ type: 'pf', ...healthy.status },
    health: { status: 'Unhealthy', reason: 'OutOfService', lastCheck: '2025-12-31T23:00:00Z' },
  });
  const options = { outOfService: ['cxi1'], forgetAfterMs: 0, now: at + 1000 * minutes };
  const [action, ...rest] = plan(out, options);
  expect(rest).toEqual([]);
  expect(action).toMatchObject({
    kind: 'applyStatus',
    object: { status: { health: { reason: 'DeviceMissing' } } },
  });
  expect(action?.events.map(({ reason }) => reason)).toEqual(['DeviceRemoved']);
  const gone = afterwards(out);
  expect(plan(gone, options)).toEqual([]);
  expect(formatActions(plan(gone, { ...options, outOfService: [] }))).toBe('deleteDevice n1-cxi1\n');
});
