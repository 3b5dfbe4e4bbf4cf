import { describe, expect, test } from '@jest/globals';
import type { Node } from '@rackwright/kube';
import type { ModelCluster } from '../../testing/model-cluster.ts';
import { change, readyCluster, run, settle } from '../../testing/model-passes.ts';

const labels = { storage: 'ais' };

function node(name: string, spec: Node['spec'] = {}): Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec };
}

/** A cluster of two targets that then follows the nodes, which are named as its pods' are. */
function following(...nodes: readonly Node[]): ModelCluster {
  const model = readyCluster({ size: 2 });
  model.nodes.push(...nodes);
  const { targetSpec } = model.cluster.spec;
  change(model, { targetSpec: { ...targetSpec, size: -1, nodeSelector: labels } });
  return model;
}

/** Nodes whose names come and go. */
function replaceNodes(model: ModelCluster, ...nodes: readonly Node[]): void {
  model.nodes.splice(0, model.nodes.length, ...nodes);
}

describe('a cluster that follows the nodes', () => {
  test('grows with each that fits, and not with one that its targets do not tolerate', () => {
    const model = following(node('node-0'), node('node-1'), node('node-2'));
    model.nodes.push(node('node-3', { taints: [{ key: 'gpu', effect: 'NoSchedule' }] }));
    settle(model);
    expect(model.activeTargets).toBe(3);
    expect(model.cluster.status?.autoscaleStatus?.expectedTargetNodes).toEqual([
      'node-0',
      'node-1',
      'node-2',
    ]);
    expect(model.lost).toEqual([]);
  });

  test('keeps the target of a node that lost its label, for it still has its objects there', () => {
    const model = following(node('node-0'), node('node-1'));
    settle(model);
    const unlabelled: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-0' } };
    replaceNodes(model, unlabelled, node('node-1'));
    settle(model);
    expect(model.activeTargets).toBe(2);
    expect(model.lost).toEqual([]);
  });

  test('weakness 18: counts no node that is gone, and moves the objects of the target that goes', () => {
    const model = following(node('node-0'), node('node-1'));
    settle(model);
    replaceNodes(model, node('node-0'));
    run(model, ({ activeTargets, cluster }) => activeTargets === 1 && cluster.status?.state === 'Ready');
    expect(model.lost).toEqual([]);
  });

  test('weakness 18: waits for one target where no node fits, as AIStore does not start without', () => {
    const model = following();
    run(model, ({ cluster }) => cluster.status?.targets?.desired === 1);
    const sets = model.snapshot().statefulSets;
    const args = sets.flatMap(({ spec }) => spec?.template.spec?.containers[0]?.args ?? []);
    expect(args.filter((arg) => arg.startsWith('-ntargets='))).not.toContain('-ntargets=0');
    expect(model.lost).toEqual([]);
  });
});
