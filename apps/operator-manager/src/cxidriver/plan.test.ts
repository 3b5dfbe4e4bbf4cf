import { describe, expect, test } from '@jest/globals';
import { formatPlan } from '@rackwright/controller';
import { keyOf } from '@rackwright/kube';
import fc from 'fast-check';
import { testSettings } from '../testing/fixtures.ts';
import { manifests } from '../testing/manifests.ts';
import { World } from '../testing/world.ts';
import { activeDriver } from './singleton.ts';

const spec = (version = '1') => ({ version });

/** A world in which a driver runs. */
function running(name = 'cxi'): World {
  const world = new World();
  world.create(name, spec());
  world.reconcile(name);
  return world;
}

test('the plan for a new driver can be read', () => {
  const world = new World();
  world.create('cxi', {
    version: '1',
    retryHandler: { enabled: false },
    metricsExporter: { enabled: false },
  });
  expect(formatPlan(world.reconcile('cxi').actions)).toBe(
    [
      'create ServiceAccount slingshot-system/cxi-device-plugin (missing)',
      'create ServiceAccount slingshot-system/cxi-driver-agent (missing)',
      'create ClusterRoleBinding slingshot-operator-driver-agent-cxi (missing)',
      'create DaemonSet slingshot-system/cxi-device-plugin (missing)',
      'create DaemonSet slingshot-system/cxi-driver-agent (missing)',
    ].join('\n'),
  );
});

describe('a driver whose spec cannot be read', () => {
  test.each([
    [{ version: '' }, 'InvalidSpec', 'spec.version'],
    [
      { version: '1', devicePlugin: { sharedCapacity: 0 } },
      'InvalidSpec',
      'spec.devicePlugin.sharedCapacity',
    ],
  ])('%j keeps what runs and says which field', (bad, reason, field) => {
    const world = running();
    world.change('cxi', bad);
    const plan = world.reconcile('cxi');
    expect(plan).toMatchObject({ stage: 'refused', reason, actions: [] });
    expect(plan.message).toContain(field);
    expect(world.occupants()).toEqual(['cxi']);
  });
});

test('a component that is switched on while its last pod ends comes back afterwards, or after a minute without', () => {
  const name = 'DaemonSet slingshot-system/cxi-metrics-exporter';
  const world = running();
  const enable = (enabled: boolean): void =>
    world.change('cxi', { version: '1', metricsExporter: { enabled } });
  enable(false);
  expect(formatPlan(world.reconcile('cxi').actions)).toContain(`delete ${name}`);
  enable(true);
  // The world deletes at 01:00:00, and it is ten seconds later.
  const waiting = world.reconcile('cxi');
  expect(formatPlan(waiting.actions)).not.toContain(name);
  expect(waiting.againAfterMs).toBe(50_000);
  world.now += 50_000;
  expect(formatPlan(world.reconcile('cxi').actions)).toContain(`delete without its pods ${name}`);
  const after = world.reconcile('cxi');
  expect(formatPlan(after.actions)).toContain(`create ${name}`);
  expect(after.againAfterMs).toBeUndefined();
});

test('the agents of a deleted driver end in order, the retry handlers first', () => {
  const world = running();
  world.delete('cxi');
  const removed: string[][] = [];
  while (world.drivers.size > 0) {
    removed.push(world.reconcile('cxi').remove.map(({ metadata }) => metadata?.name ?? ''));
    world.endPods();
  }
  expect(removed).toEqual([
    ['cxi-retry-handler'],
    ['cxi-device-plugin'],
    ['cxi-driver-agent', 'cxi-metrics-exporter'],
    [],
  ]);
  expect(world.record?.data).toEqual({});
});

test('CXIDevices and node labels go after the agents that write them, and before the finalizer', () => {
  const world = running();
  world.delete('cxi');
  expect(world.reconcile('cxi').cleanUp).toBeUndefined();
  for (let i = 0; i < 3; i++) {
    world.endPods();
    if (i < 2) world.reconcile('cxi');
  }
  expect(world.reconcile('cxi')).toMatchObject({ cleanUp: true, dropFinalizer: true });
});

test('a successor waits until the one being deleted has cleaned up', () => {
  const world = running('old');
  world.create('new', spec());
  world.delete('old');
  expect(world.reconcile('new')).toMatchObject({
    stage: 'waiting',
    reason: 'WaitingForCleanup',
    actions: [],
  });
  expect(world.record?.data).toEqual({ 'active-driver': 'old' });
});

test('a driver that is not the oldest any more gives everything back', () => {
  const world = running('young');
  // Restored from a backup: older than the one that runs.
  world.drivers.set('restored', {
    metadata: { name: 'restored', uid: 'r', creationTimestamp: '2020-01-01T00:00:00Z' },
    ...{ spec: spec() },
  });
  expect(world.reconcile('restored')).toMatchObject({
    stage: 'waiting',
    message: expect.stringContaining('young'),
  });
  for (let i = 0; i < 4; i++) {
    expect(world.reconcile('young').cleanUp).toBeUndefined();
    world.endPods();
  }
  expect(world.occupants()).toEqual([]);
  expect(world.drivers.get('young')?.metadata?.finalizers).toEqual([]);
  world.reconcile('restored');
  expect(world.occupants()).toEqual(['restored']);
});

test('what a driver that vanished without us left in the record is cleared', () => {
  const world = running();
  world.drivers.clear();
  expect(world.reconcile('cxi')).toMatchObject({ stage: 'gone', record: { data: {} } });
});

const specs = fc.record({
  version: fc.constantFrom('1', '2'),
  source: fc.constantFrom({}, { type: 'dkms', dkms: { tag: 't' } }),
  devicePlugin: fc.record({ enabled: fc.boolean() }),
  retryHandler: fc.record({ enabled: fc.boolean(), mode: fc.constantFrom('daemonset', 'none', 'sidecar') }),
  metricsExporter: fc.record({ enabled: fc.boolean(), port: fc.constantFrom(9090, 1) }),
});
const names = fc.constantFrom('a', 'b', 'c');
type Step = (world: World) => void;
const steps = fc.array(
  fc.oneof(
    fc.tuple(names, specs).map(
      ([name, value]): Step =>
        (world) =>
          world.create(name, value),
    ),
    fc.tuple(names, specs).map(
      ([name, value]): Step =>
        (world) =>
          world.change(name, value),
    ),
    names.map(
      (name): Step =>
        (world) =>
          world.delete(name),
    ),
    fc.constant<Step>((world) => world.endPods()),
    {
      weight: 3,
      arbitrary: names.map(
        (name): Step =>
          (world) =>
            reconcileSafely(world, name),
      ),
    },
  ),
  { maxLength: 40 },
);

/** Whatever happens, no driver's agents start while another's are there. */
function reconcileSafely(world: World, name: string): void {
  const before = world.occupants();
  const { actions } = world.reconcile(name);
  const started = actions.some(({ verb, object }) => verb === 'create' && object.kind === 'DaemonSet');
  if (started) expect(before.filter((other) => other !== name)).toEqual([]);
}

/** Lets everybody reconcile until nobody has anything to do. */
function settle(world: World): void {
  for (let round = 0; round < 30; round++) {
    const plans = ['a', 'b', 'c'].map((name) => world.reconcile(name));
    // Pods that end are news: the operator is woken by them and looks again.
    const ending = [...world.daemonSets.values()].some(
      ({ metadata }) => metadata?.deletionTimestamp !== undefined,
    );
    world.endPods();
    if (!ending && plans.every((plan) => World.isIdle(plan))) return;
  }
  throw new Error('does not settle');
}

test('any history settles: the oldest driver has exactly its objects, and a second look plans nothing', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const world = new World();
      for (const step of history) step(world);
      for (const [name] of world.drivers) world.change(name, { version: '3' });
      settle(world);
      const active = activeDriver([...world.drivers.values()]);
      const driver = active === undefined ? undefined : world.parsed(active);
      const wanted = driver === undefined ? [] : manifests(driver, testSettings).map(keyOf);
      const there = [...world.daemonSets.values(), ...world.accounts.values()].map(keyOf);
      expect(there.sort()).toEqual(wanted.sort());
      expect(world.record?.data?.['active-driver']).toBe(active);
    }),
    { numRuns: 300 },
  );
});
