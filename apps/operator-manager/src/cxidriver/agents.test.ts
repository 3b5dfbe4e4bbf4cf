import { expect, test } from '@jest/globals';
import type { KubeObject } from '@rackwright/kube';
import { World } from '../testing/world.ts';

/** Everything of a kind is found in namespace `to` instead: another installation made it there. */
function move<T extends KubeObject>(objects: Map<string, T>, to: string): void {
  for (const [key, object] of [...objects]) {
    if (object.metadata?.namespace === undefined) continue;
    objects.delete(key);
    const moved = { ...object, metadata: { ...object.metadata, namespace: to } };
    objects.set(key.replace(object.metadata.namespace, to), moved);
  }
}

function adopted(): World {
  const world = new World();
  world.create('cxi', { version: '13.0.0' });
  world.reconcile('cxi');
  move(world.daemonSets, 'first');
  move(world.accounts, 'first');
  // Their hash tells of the namespace too, which an installation there would have written.
  world.reconcile('cxi');
  return world;
}

const namespaces = (world: World): string[] => [
  ...new Set([...world.daemonSets.values()].map(({ metadata }) => metadata?.namespace ?? '')),
];

test('agents that run in another namespace are left as they are', () => {
  const world = adopted();
  expect(namespaces(world)).toEqual(['first']);
  expect(World.isIdle(world.reconcile('cxi'))).toBe(true);
});

test('an agent that is switched off and on comes back where the others run', () => {
  const world = adopted();
  world.change('cxi', { version: '13.0.0', metricsExporter: { enabled: false } });
  world.reconcile('cxi');
  world.endPods();
  expect(world.daemonSets.size).toBe(3);
  world.change('cxi', { version: '13.0.0' });
  world.reconcile('cxi');
  expect(world.daemonSets.size).toBe(4);
  expect(namespaces(world)).toEqual(['first']);
});

test('without agents anywhere they come into our own namespace', () => {
  const world = adopted();
  world.daemonSets.clear();
  const { actions } = world.reconcile('cxi');
  expect(namespaces(world)).toEqual(['slingshot-system']);
  // The accounts they had elsewhere are of no use any more.
  const deleted = actions.filter(({ verb }) => verb === 'delete');
  expect(deleted.map(({ object }) => `${object.kind} ${object.metadata?.namespace}`)).toEqual(
    Array.from({ length: 4 }, () => 'ServiceAccount first'),
  );
});

test('agents that run in two namespaces are left alone in the one that is not ours, accounts too', () => {
  const world = adopted();
  const doubles = new World();
  doubles.create('cxi', { version: '13.0.0' });
  doubles.reconcile('cxi');
  for (const [key, object] of doubles.daemonSets) world.daemonSets.set(key, object);
  for (const [key, object] of doubles.accounts) world.accounts.set(key, object);
  expect(World.isIdle(world.reconcile('cxi'))).toBe(true);
});

test('the deletion of a CXIDriver takes its agents away wherever they run', () => {
  const world = adopted();
  world.delete('cxi');
  for (let step = 0; step < 4; step++) {
    world.reconcile('cxi');
    world.endPods();
  }
  expect(world.daemonSets.size).toBe(0);
  expect(world.drivers.size).toBe(0);
});

test('a driver waits for the agents of another, in whatever namespace they run', () => {
  const world = adopted();
  world.create('next', { version: '13.0.0' });
  world.delete('cxi');
  expect(world.reconcile('next')).toMatchObject({ stage: 'waiting' });
});
