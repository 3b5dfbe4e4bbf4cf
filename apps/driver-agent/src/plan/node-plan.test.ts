import { describe, expect, test } from '@jest/globals';
import { HwError } from '@rackwright/core';
import type { SeenRetryHandlers } from '@rackwright/hardware-cxi';
import { handler, nic } from '../testing/devices.ts';
import { formatActions } from './action.ts';
import { needsReboot, nodeLabels, planDriverEvents, planLabels, planRebootCondition } from './node-plan.ts';
import type { ObservedNode } from './observed.ts';

describe('labels', () => {
  test('tell presence, count and the switch of each NIC that has an address', () => {
    const { nid: _, ...silent } = nic({ name: 'cxi1' });
    expect(nodeLabels([nic({ nid: 0x1c1 }), silent], 0xfffc0, false)).toEqual({
      'slingshot.hpe.com/cxi-present': 'true',
      'slingshot.hpe.com/device-count': '2',
      'slingshot.hpe.com/cxi0-switch-id': '7',
    });
  });

  test('say that there is none', () => {
    expect(nodeLabels([], 0xfffc0, false)).toEqual({
      'slingshot.hpe.com/cxi-present': 'false',
      'slingshot.hpe.com/device-count': '0',
    });
  });

  const wanted = nodeLabels([nic()], 0xfffc0, false);
  const plan = (labels: Record<string, string>): string =>
    formatActions(planLabels({ uid: 'u', labels }, wanted));

  test('that are right already are not written, whoever set them', () => {
    expect(plan({ ...wanted, 'example.com/a': 'b' })).toBe('');
  });

  test('that are wrong are applied all together', () => {
    expect(plan({ ...wanted, 'slingshot.hpe.com/device-count': '2' })).toMatch(
      /^labelNode .*device-count=1 /,
    );
  });

  test('of NICs that are gone are removed, other labels of the same family are not', () => {
    const others = { 'slingshot.hpe.com/nic.present': 'true', 'slingshot.hpe.com/my-switch-id': '1' };
    expect(plan({ ...wanted, ...others, 'slingshot.hpe.com/cxi4-switch-id': '1' })).toBe(
      'unlabelNode slingshot.hpe.com/cxi4-switch-id\n',
    );
  });
});

const state = (...dead: string[]): SeenRetryHandlers => ({
  kind: 'state',
  state: {
    version: 1,
    updatedAt: '',
    onCrash: 'markUnhealthy',
    handlers: ['cxi0', 'cxi1'].map((device) => handler({ device, rebootRequired: dead.includes(device) })),
  },
});

describe('the label slingshot.hpe.com/reboot-required', () => {
  const label = 'slingshot.hpe.com/reboot-required';
  const base = nodeLabels([nic()], 0xfffc0, false);
  const plan = (seen: SeenRetryHandlers, labels: Record<string, string>): string => {
    const node: ObservedNode = { uid: 'u', labels };
    return formatActions(planLabels(node, nodeLabels([nic()], 0xfffc0, needsReboot(seen, node))));
  };

  test('is on a node whose retry handler died, so that kubectl finds it', () =>
    expect(plan(state('cxi0'), base)).toMatch(new RegExp(`^labelNode .*${label}=true\n$`)));
  test('goes by itself when the node has booted and there is no state file', () =>
    expect(plan({ kind: 'absent' }, { ...base, [label]: 'true' })).toBe(`unlabelNode ${label}\n`));
  test('is not there while all handlers live', () => expect(plan(state(), base)).toBe(''));
  test('stays as it is while the state file makes no sense', () => {
    const unreadable = { kind: 'unreadable', error: new HwError('InvalidArgument', 'not JSON') } as const;
    expect(plan(unreadable, { ...base, [label]: 'true' })).toBe('');
    expect(plan(unreadable, base)).toBe('');
  });
});

describe('the condition SlingshotRebootRequired', () => {
  const set = (status: 'True' | 'False', message: string): ObservedNode => ({
    uid: 'u',
    labels: {},
    rebootRequired: {
      type: 'SlingshotRebootRequired',
      status,
      message,
      lastTransitionTime: '2025-01-01T00:00:00Z',
    },
  });
  const untouched: ObservedNode = { uid: 'u', labels: {} };
  const now = Date.UTC(2026, 0, 1);
  const plan = (node: ObservedNode, seen: SeenRetryHandlers) =>
    planRebootCondition(node, seen, now).map(
      (action) => action.kind === 'setNodeCondition' && action.condition,
    );

  test('is not given to a node that never needed it', () => {
    expect(plan(untouched, state())).toEqual([]);
    expect(plan(untouched, { kind: 'absent' })).toEqual([]);
  });

  test('names the NICs whose handler died', () => {
    expect(plan(untouched, state('cxi0', 'cxi1'))).toEqual([
      {
        type: 'SlingshotRebootRequired',
        status: 'True',
        reason: 'RetryHandlerDied',
        message: 'a retry handler died under load: cxi0, cxi1',
        lastHeartbeatTime: '2026-01-01T00:00:00Z',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ]);
  });

  test('keeps the time of its transition when one more handler died', () => {
    expect(plan(set('True', 'a retry handler died under load: cxi0'), state('cxi0', 'cxi1'))).toMatchObject([
      {
        status: 'True',
        lastTransitionTime: '2025-01-01T00:00:00Z',
        lastHeartbeatTime: '2026-01-01T00:00:00Z',
      },
    ]);
  });

  test('is taken back when the node has booted and there is no state file', () => {
    expect(plan(set('True', 'a retry handler died under load: cxi0'), { kind: 'absent' })).toMatchObject([
      { status: 'False', reason: 'NoRebootRequired', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ]);
  });

  test('stays as it is while the state file makes no sense, and while it is right', () => {
    const died = set('True', 'a retry handler died under load: cxi0');
    expect(plan(died, { kind: 'unreadable', error: new HwError('InvalidArgument', 'not JSON') })).toEqual([]);
    expect(plan(died, state('cxi0'))).toEqual([]);
  });
});

describe('events about the driver', () => {
  const ready = { ready: true, reason: 'DriverReady', message: 'all loaded' };
  const missing = { ready: false, reason: 'ModuleMissing', message: 'cxi_user' };
  const refused = { ready: false, reason: 'SourceUnsupported', message: 'later' };
  const told = (now: typeof ready, announced?: typeof ready) =>
    planDriverEvents(now, {
      node: { uid: 'u', labels: {} },
      devices: new Map(),
      ...(announced === undefined ? {} : { announced }),
    }).flatMap(({ events }) => events.map(({ type, reason }) => `${type} ${reason}`));

  test('are one for the first state and one for each other', () => {
    expect(told(ready)).toEqual(['Normal DriverReady']);
    expect(told(missing, ready)).toEqual(['Warning DriverNotReady']);
    expect(told(refused)).toEqual(['Warning SourceUnsupported']);
  });

  test('are none for the same state in other words', () => {
    expect(told(missing, { ...missing, message: 'cxi_ss1' })).toEqual([]);
  });
});
