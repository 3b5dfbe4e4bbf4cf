import { expect, test } from '@jest/globals';
import type { AIStore } from '@rackwright/api';
import { ModelCluster } from '../../testing/model-cluster.ts';
import { sampleCluster } from '../../testing/sample.ts';
import { statusOf } from '../status.ts';
import { planCluster } from './plan.ts';

const settings = {
  clusterDomain: 'cluster.local',
  skipVerify: false,
  steadyLookMs: 30_000,
  cleanupHelperImage: 'helper',
};

/** Passes and moments in turn until it is Ready; the operator is killed in one pass, before its status is written. */
function settle(model: ModelCluster, killedIn = Number.POSITIVE_INFINITY): number {
  for (let pass = 0; pass < 200; pass++) {
    const snapshot = model.snapshot();
    const plan = planCluster(snapshot, settings);
    model.carryOut(plan);
    const { cluster } = model;
    const status = statusOf({ snapshot, cluster, plan, crdShortfall: undefined });
    if (pass !== killedIn) model.cluster = { ...cluster, status };
    model.step();
    const { state, observedGeneration } = model.cluster.status ?? {};
    if (state === 'Ready' && observedGeneration === cluster.metadata?.generation) return pass;
  }
  throw new Error(`it is ${model.cluster.status?.state}`);
}

function changed(spec: object): ModelCluster {
  const model = new ModelCluster(sampleCluster({ size: 1 }));
  settle(model);
  model.fill();
  const { cluster } = model;
  model.cluster = {
    ...cluster,
    metadata: { ...cluster.metadata, generation: 2 },
    spec: { ...cluster.spec, ...spec },
  } as AIStore;
  return model;
}

test.each([
  { name: 'grows by several targets', spec: { size: 3 } },
  { name: 'rolls to another image', spec: { nodeImage: 'docker.io/aistorage/aisnode:v5.0' } },
])(
  'an operator that is killed in any pass before its status is written, as a cluster $name, has it rebalance at the end',
  ({ spec }) => {
    const passes = settle(changed(spec));
    expect(passes).toBeGreaterThan(2);
    for (let killedIn = 0; killedIn <= passes; killedIn++) {
      const model = changed(spec);
      settle(model, killedIn);
      const { rebalances, lost, config } = model;
      expect({ killedIn, rebalances: Math.min(1, rebalances), lost, config }).toMatchObject({
        ...{ killedIn, rebalances: 1, lost: [] },
        config: { rebalance: { enabled: true } },
      });
    }
  },
);
