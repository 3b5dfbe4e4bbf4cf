import type { AIStore } from '@rackwright/api';
import { planCluster } from '../aistore/plan/plan.ts';
import { statusOf } from '../aistore/status.ts';
import { ModelCluster, type ModelFaults } from './model-cluster.ts';
import { sampleCluster } from './sample.ts';

/** Settings of an operator without flags. */
export const settings = {
  ...{ clusterDomain: 'cluster.local', skipVerify: false, steadyLookMs: 30_000 },
  cleanupHelperImage: 'registry.local/helper:v1',
};

/** One pass, and the moment after it. */
function pass(model: ModelCluster): void {
  const snapshot = model.snapshot();
  const plan = planCluster(snapshot, settings);
  model.carryOut(plan);
  const status = statusOf({ snapshot, cluster: model.cluster, plan, crdShortfall: undefined });
  model.cluster = { ...model.cluster, status };
  model.step();
}

/** So many passes and moments in turn. */
export function passOn(model: ModelCluster, passes: number): void {
  for (let i = 0; i < passes; i++) pass(model);
}

/**
 * Passes and moments in turn, until the cluster is as wanted.
 *
 * @returns the fewest targets that took part meanwhile
 * @throws Error with what its condition says when `limit` passes are over
 */
export function run(model: ModelCluster, until: (model: ModelCluster) => boolean, limit = 200): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < limit; i++) {
    pass(model);
    least = Math.min(least, model.activeTargets);
    if (until(model)) return least;
  }
  const { status } = model.cluster;
  throw new Error(
    `it is ${status?.state}: ${status?.conditions?.find(({ type }) => type === 'Ready')?.message}`,
  );
}

export function isReady({ cluster }: ModelCluster): boolean {
  return cluster.status?.state === 'Ready';
}

/** Changes the spec as a user would. */
export function change(model: ModelCluster, spec: Record<string, unknown>): void {
  const { cluster } = model;
  const generation = (cluster.metadata?.generation ?? 0) + 1;
  model.cluster = {
    ...cluster,
    metadata: { ...cluster.metadata, generation },
    spec: { ...cluster.spec, ...spec },
  } as AIStore;
}

/** Until it is ready with the spec as it is now. */
export function settle(model: ModelCluster): number {
  return run(
    model,
    (now) => isReady(now) && now.cluster.status?.observedGeneration === now.cluster.metadata?.generation,
  );
}

/** A cluster that is ready, with objects. `spec` is over the sample's, roles field by field. */
export function readyCluster(spec: Record<string, unknown> = {}, faults?: ModelFaults): ModelCluster {
  const { targetSpec, ...rest } = spec;
  const sample = sampleCluster(rest);
  const whole = { ...sample.spec, targetSpec: { ...sample.spec.targetSpec, ...(targetSpec as object) } };
  const model = new ModelCluster({ ...sample, spec: whole }, faults);
  settle(model);
  model.fill();
  return model;
}
