import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Assignments, assigned } from '../assignments/assignments.ts';
import { deviceOf, idsOf, maxIds, unitOf, unitsPerDevice } from './device-ids.ts';
import { offeredDevices } from './offered-devices.ts';
import type { HardwareDevice, ResourcePlan, Sharing } from './plan.ts';

/** A healthy device of the first kind, with what the test wants otherwise. */
function nic(name: string, more: Partial<HardwareDevice> = {}): HardwareDevice {
  return {
    ...{ name, kind: 'pf', numaNode: 0, healthy: true, reason: 'Healthy', message: 'the link is up' },
    ...more,
  };
}

const exclusive: Sharing = { mode: 'exclusive' };
const plan = (resource: string, sharing: Sharing = exclusive, kind: 'pf' | 'vf' = 'pf'): ResourcePlan => ({
  resource,
  kind,
  sharing,
});
const main = plan('hpe.com/cxi');
const legacy = plan('beta.hpe.com/cxi');
const vf = plan('hpe.com/cxi-vf', exclusive, 'vf');
const plans = [main, legacy, vf];
const nics = [nic('cxi0'), nic('cxi1', { numaNode: 1 }), nic('cxi2', { kind: 'vf' })];
const offer = (one: ResourcePlan, all = plans) => ({ plan: one, plans: all, noun: 'NIC' });
const well = (one: ResourcePlan, holders: Assignments, all = plans): string[] =>
  offeredDevices(offer(one, all), nics, { assignments: holders }).flatMap(({ ids, healthy }) =>
    healthy ? ids : [],
  );

describe('ids', () => {
  test('lead back to their NIC', () => {
    expect(idsOf({ name: 'cxi10' }, { mode: 'shared', capacity: 3 }, 2)).toEqual(['cxi10::0', 'cxi10::1']);
    expect([deviceOf('cxi10::1'), unitOf('cxi10::1'), deviceOf('cxi10'), unitOf('cxi10')]).toEqual([
      'cxi10',
      1,
      'cxi10',
      0,
    ]);
  });

  test('a list of many NICs with a large capacity stays below what the kubelet takes in one message', () => {
    const counts = fc.record({ nics: fc.nat(256), capacity: fc.integer({ min: 1, max: 10_000 }) });
    fc.assert(
      fc.property(counts, ({ nics: count, capacity }) => {
        const slots = unitsPerDevice({ mode: 'shared', capacity }, count);
        expect(slots).toBeGreaterThanOrEqual(1);
        expect(slots).toBeLessThanOrEqual(capacity);
        expect(slots * count).toBeLessThanOrEqual(maxIds);
        if (capacity * count <= maxIds) expect(slots).toBe(capacity);
      }),
    );
  });
});

test('an unhealthy NIC stays listed with its reason', () => {
  const sick = nic('cxi0', { healthy: false, reason: 'LinkDown', message: 'the link is down' });
  expect(offeredDevices(offer(main), [sick], { assignments: new Map() })).toEqual([
    { ids: ['cxi0'], healthy: false, reason: 'the link is down', numaNodes: [0] },
  ]);
});

test('a NIC whose NUMA node is not known is offered without topology, node 0 with it', () => {
  const { numaNode: _, ...unknown } = nic('cxi0');
  const offered = offeredDevices(offer(main), [unknown, nic('cxi1')], { assignments: new Map() });
  expect(offered.map(({ numaNodes }) => numaNodes)).toEqual([[], [0]]);
});

describe('a NIC somebody holds', () => {
  const holders = assigned(new Map(), main.resource, ['cxi0'], 0);

  test('stays offered under the name it is held by, or its pod could not be admitted again', () => {
    expect(well(main, holders)).toEqual(['cxi0', 'cxi1']);
    expect(well(legacy, holders)).toEqual(['cxi1']);
    expect(well(vf, holders)).toEqual(['cxi2']);
  });

  test('is not shared while one pod has it for itself', () => {
    const shared: Sharing = { mode: 'shared', capacity: 1 };
    const sharing = [plan(main.resource, shared), plan(legacy.resource, shared)];
    expect(well(plan(main.resource, shared), holders, sharing)).toEqual(['cxi1::0']);
    expect(well(plan(legacy.resource, shared), holders, sharing)).toEqual(['cxi1::0']);
  });

  test('is not given to one pod while others still share it', () => {
    const shared = assigned(new Map(), main.resource, ['cxi0::7'], 0);
    expect(well(main, shared)).toEqual(['cxi1']);
  });

  test('under a name this plugin no longer offers is withdrawn too', () => {
    expect(well(main, assigned(new Map(), 'old.example/nic', ['cxi1'], 0))).toEqual(['cxi0']);
  });
});

describe('while it is unknown who holds what', () => {
  const blind = { assignments: new Map(), unknown: 'the kubelet does not answer' };
  const reasons = (one: ResourcePlan, all: ResourcePlan[]): (string | undefined)[] => [
    ...new Set(offeredDevices(offer(one, all), nics, blind).map(({ reason }) => reason)),
  ];

  test('nothing is offered where two names stand for one exclusive NIC', () => {
    expect(reasons(main, plans)).toEqual(['the kubelet does not answer']);
    expect(reasons(legacy, plans)).toEqual(['the kubelet does not answer']);
  });

  test('all is offered where it does not matter', () => {
    expect(reasons(vf, plans)).toEqual([undefined]);
    expect(reasons(main, [main, vf])).toEqual([undefined]);
    const shared: Sharing = { mode: 'shared', capacity: 2 };
    expect(reasons(plan('a/b', shared), [plan('a/b', shared), plan('c/d', shared)])).toEqual([undefined]);
  });
});

test('whatever the kubelet and pods do, no exclusive NIC is offered as healthy to a second name', () => {
  const step = fc.tuple(fc.constantFrom(main, legacy), fc.constantFrom('cxi0', 'cxi1'));
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let holders: Assignments = new Map();
      const owner = new Map<string, string>();
      for (const [one, id] of steps) {
        if (!well(one, holders).includes(id)) continue;
        holders = assigned(holders, one.resource, [id], 0);
        expect(owner.get(id) ?? one.resource).toBe(one.resource);
        owner.set(id, one.resource);
      }
    }),
  );
});
