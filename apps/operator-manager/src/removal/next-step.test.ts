import { describe, expect, test } from '@jest/globals';
import type { DaemonSet } from '@rackwright/kube';
import fc from 'fast-check';
import { removedDrivers } from '../cxidriver/removal/removed-drivers.ts';
import type { DriverRemovalState } from '../cxidriver/removal/state.ts';
import { storedDriver, testSettings } from '../testing/fixtures.ts';
import { World } from '../testing/world.ts';
import { nextStep, type RemovalRequest } from './next-step.ts';

const { namespace } = testSettings;
const deletionTimestamp = '2026-01-01T01:00:00Z';

function request(more: Partial<RemovalRequest> = {}): RemovalRequest {
  return { named: ['cxi'], others: 'refuse', finish: false, namespace, ...more };
}

function state(more: Partial<DriverRemovalState> = {}): DriverRemovalState {
  return { objects: [storedDriver()], daemonSets: [], record: undefined, ...more };
}

/** The next step of a removal of CXIDrivers. */
function next(of: DriverRemovalState, wanted: RemovalRequest, leader?: string) {
  return nextStep(removedDrivers, { state: of, leader, now: 0 }, wanted);
}

function daemonSetOf(driver: string, inNamespace: string): DaemonSet {
  const labels = { 'app.kubernetes.io/instance': driver, 'app.kubernetes.io/component': 'driver-agent' };
  return { metadata: { name: `${driver}-driver-agent`, namespace: inNamespace, labels } };
}

describe('a CXIDriver that is not of the release', () => {
  const drivers = [storedDriver(), storedDriver({}, { name: 'by-hand' })];

  test('keeps everything as it is, whether it is rolled out or waits to be', () => {
    const refuse = { kind: 'refuse', others: ['by-hand'] };
    expect(next(state({ objects: drivers }), request())).toEqual(refuse);
    const daemonSets = [daemonSetOf('by-hand', namespace)];
    expect(next(state({ objects: drivers, daemonSets }), request({ named: [] }))).toMatchObject({
      kind: 'refuse',
    });
  });

  test('is removed along where that is asked for', () => {
    const step = next(state({ objects: drivers }), request({ others: 'remove' }));
    expect(step).toMatchObject({ kind: 'delete', objects: drivers });
  });

  test('is no matter of ours when its agents run in another namespace', () => {
    const daemonSets = [daemonSetOf('by-hand', 'elsewhere')];
    const step = next(state({ objects: drivers, daemonSets }), request());
    expect(step).toMatchObject({ kind: 'delete', objects: [drivers[0]] });
  });
});

describe('a CXIDriver that an installation looks after', () => {
  const claimedBy = (installation: string, name = 'cxi') =>
    storedDriver({}, { name, annotations: { 'rackwright.io/operator': `${installation}/uid` } });
  const left = ['CXIDriver cxi is left to installation elsewhere/operator, which looks after it'];

  test.each(['refuse', 'remove', 'ignore'] as const)(
    'is left alone by the uninstall of another, which says so (others: %s)',
    (others) => {
      for (const named of [['cxi'], []]) {
        const step = next(state({ objects: [claimedBy('elsewhere/operator')] }), request({ named, others }));
        expect(step).toEqual({ kind: 'done', left });
      }
    },
  );

  test('is left alone by another of the same namespace', () => {
    const drivers = [claimedBy(`${namespace}/operator`)];
    expect(next(state({ objects: drivers }), request({ account: 'second' }))).toMatchObject({ kind: 'done' });
    expect(next(state({ objects: drivers }), request({ account: 'operator' }))).toMatchObject({
      kind: 'delete',
    });
    expect(next(state({ objects: drivers }), request())).toMatchObject({ kind: 'delete' });
  });

  test('keeps the uninstall of its own from leaving it, wherever its agents run', () => {
    const drivers = [claimedBy(`${namespace}/operator`)];
    const daemonSets = [daemonSetOf('cxi', 'elsewhere')];
    expect(next(state({ objects: drivers, daemonSets }), request({ named: [] }))).toEqual({
      kind: 'refuse',
      others: ['cxi'],
    });
  });
});

test('while an operator works it is waited for, with what the status says', () => {
  const conditions = [
    { type: 'Ready', status: 'False', reason: 'Deleting', message: 'waiting for x to end' },
  ];
  const drivers = [{ ...storedDriver({}, { deletionTimestamp }), status: { conditions } }] as never;
  expect(next(state({ objects: drivers }), request(), 'operator-0')).toEqual({
    kind: 'wait',
    message: 'CXIDriver cxi is being taken away: Deleting: waiting for x to end',
  });
});

test('finishing deletes nothing that is not being deleted already', () => {
  expect(next(state(), request({ finish: true, others: 'ignore' }))).toEqual({ kind: 'done', left: [] });
  const drivers = [storedDriver({}, { deletionTimestamp })];
  const step = next(state({ objects: drivers }), request({ finish: true, others: 'ignore' }));
  expect(step).toMatchObject({ kind: 'carryOut' });
});

test('without the kind, or with nothing there, it is done', () => {
  expect(next(state({ objects: [] }), request())).toEqual({ kind: 'done', left: [] });
});

/** What a removal without an operator does to a cluster in memory, up to its end. */
function takeAway(world: World, wanted: RemovalRequest): string[] {
  const ended: string[] = [];
  for (let round = 0; round < 40; round++) {
    const now: DriverRemovalState = {
      objects: [...world.drivers.values()],
      daemonSets: [...world.daemonSets.values()],
      record: world.record,
    };
    const step = next(now, wanted);
    if (step.kind === 'done') return ended;
    if (step.kind === 'delete') for (const { metadata } of step.objects) world.delete(metadata?.name ?? '');
    if (step.kind === 'carryOut') {
      ended.push(
        ...step.plan.remove.map(({ metadata }) => metadata?.labels?.['app.kubernetes.io/component'] ?? ''),
      );
      if (step.plan.dropFinalizer) ended.push('finalizer');
      world.reconcile(step.object.metadata?.name ?? '');
      world.endPods();
    }
  }
  throw new Error('it does not end');
}

test('whatever the operator had done before it went, everything goes, retry handlers first and the finalizer last', () => {
  const life = fc.array(fc.constantFrom('reconcile', 'delete', 'endPods', 'second'), { maxLength: 12 });
  fc.assert(
    fc.property(life, (steps) => {
      const world = new World();
      world.create('cxi', { version: '13.0.0' });
      for (const step of steps) {
        if (step === 'second') world.create('second', { version: '13.0.0' });
        if (step === 'delete') world.delete('cxi');
        if (step === 'endPods') world.endPods();
        if (step === 'reconcile') for (const name of [...world.drivers.keys()]) world.reconcile(name);
      }
      const ended = takeAway(world, request({ others: 'remove' }));
      expect(world.drivers.size).toBe(0);
      expect(world.daemonSets.size).toBe(0);
      const agents = ended.indexOf('driver-agent');
      if (agents >= 0 && ended.includes('retry-handler'))
        expect(ended.indexOf('retry-handler')).toBeLessThan(agents);
      if (ended.length > 0 && agents >= 0) expect(ended.at(-1)).toBe('finalizer');
    }),
  );
});
