import { describe, expect, test } from '@jest/globals';
import type { ModelCluster } from '../../testing/model-cluster.ts';
import { isReady, passOn, readyCluster, run } from '../../testing/model-passes.ts';

const guarded = { targetSpec: { pdb: { enabled: true } } };

function messageOf({ cluster }: ModelCluster): string {
  return cluster.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
}

/** What `kubectl drain` does: the node is cordoned, then its pod is asked to go until it does. */
function drain(model: ModelCluster, ordinal: number): { refusals: number } {
  model.cordoned.add(`node-${ordinal}`);
  let refusals = 0;
  expect(model.evict(ordinal)).toContain('disruption budget');
  run(model, () => {
    if (model.evict(ordinal) === undefined) return true;
    refusals++;
    return false;
  });
  return { refusals };
}

describe('weakness 19: a target whose node is drained', () => {
  test('gives its objects away before it may be evicted, and comes back with the node', () => {
    const model = readyCluster(guarded);
    expect(drain(model, 1).refusals).toBeGreaterThan(1);
    expect(model.lost).toEqual([]);
    passOn(model, 5);
    expect(messageOf(model)).toBe('waiting for a node for pod ais-target-1: no node is free');
    model.cordoned.clear();
    run(model, isReady);
    expect(model.activeTargets).toBe(3);
    expect(model.evict(1)).toContain('disruption budget');
  });

  test('that was cordoned only for a while comes back into service without having been restarted', () => {
    const model = readyCluster(guarded);
    model.cordoned.add('node-0');
    run(model, (now) => messageOf(now).includes('may be evicted'));
    expect(messageOf(model)).toBe(
      'pod ais-target-0 is in maintenance and may be evicted, as node-0 is being drained',
    );
    const before = model.snapshot().pods.map(({ metadata }) => metadata?.uid);
    model.cordoned.clear();
    run(model, isReady);
    expect(model.snapshot().pods.map(({ metadata }) => metadata?.uid)).toEqual(before);
    expect(model.activeTargets).toBe(3);
  });

  test('stays until its objects have been moved, however long that takes', () => {
    const faults = { badImages: new Set<string>(), rebalanceHangs: false };
    const model = readyCluster(guarded, faults);
    faults.rebalanceHangs = true;
    model.cordoned.add('node-2');
    passOn(model, 20);
    expect(model.evict(2)).toContain('disruption budget');
    expect(messageOf(model)).toBe(
      'moving the objects of pod ais-target-2 to other targets, as node-2 is being drained',
    );
    faults.rebalanceHangs = false;
    run(model, (now) => now.evict(2) === undefined);
    expect(model.lost).toEqual([]);
  });

  test('waits for the one before it when several nodes are drained at once', () => {
    const model = readyCluster(guarded);
    for (const node of ['node-0', 'node-1']) model.cordoned.add(node);
    run(model, (now) => now.evict(0) === undefined);
    passOn(model, 10);
    expect(model.evict(1)).toContain('disruption budget');
    model.cordoned.delete('node-0');
    run(model, (now) => now.evict(1) === undefined);
    expect(model.lost).toEqual([]);
  });

  test('that is the only one keeps its objects, and its budget', () => {
    const model = readyCluster({ ...guarded, size: 1 });
    model.cordoned.add('node-0');
    passOn(model, 10);
    expect(isReady(model)).toBe(true);
    expect(model.evict(0)).toContain('disruption budget');
  });
});
