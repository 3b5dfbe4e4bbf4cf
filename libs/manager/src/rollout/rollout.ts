import { kubernetes } from '@rackwright/keys';
import type { DaemonSet, KubeObject } from '@rackwright/kube';
import { isTerminating } from '../finalizer.ts';

/** How far the rollout of one component is, in nodes. */
export interface RolloutCounts<C extends string = string> {
  readonly name: C;
  /** That shall have it. */
  readonly desired: number;
  /** That have it from the newest template. */
  readonly updated: number;
  /** On which it is ready. */
  readonly available: number;
}

/** One component's rollout. */
export interface Rollout<C extends string = string> {
  readonly component: C;
  readonly counts: RolloutCounts<C>;
  /** It runs as the spec says, on every node it is meant for. */
  readonly ready: boolean;
  /** It serves every node it is meant for, be it as the spec said before. */
  readonly available: boolean;
  /** Its DaemonSet is there, and somebody has counted its nodes. */
  readonly seen: boolean;
  /** The counts are those of the newest template. */
  readonly current: boolean;
  /** Pods of an older template that stay until somebody deletes them. */
  readonly outdated: number;
}

/** Reads the rollouts of `wanted` from what exists. */
export function rolloutsOf<C extends string>(
  wanted: readonly C[],
  daemonSets: readonly DaemonSet[],
): Rollout<C>[] {
  return wanted.map((component) =>
    rolloutOf(
      component,
      daemonSets.find((daemonSet) => componentOf(daemonSet) === component),
    ),
  );
}

function rolloutOf<C extends string>(component: C, daemonSet: DaemonSet | undefined): Rollout<C> {
  const { status = {}, metadata, spec } = daemonSet ?? {};
  const counts: RolloutCounts<C> = {
    name: component,
    desired: status.desiredNumberScheduled ?? 0,
    updated: status.updatedNumberScheduled ?? 0,
    available: status.numberAvailable ?? 0,
  };
  const observed = status.observedGeneration ?? 0;
  const seen = daemonSet !== undefined && !isTerminating(daemonSet) && observed > 0;
  // Counts of an older generation say nothing about this one, nor those of one whose successor is to come.
  const current = seen && observed >= (metadata?.generation ?? 1);
  const onDelete = spec?.updateStrategy?.type === 'OnDelete';
  const outdated = counts.desired - counts.updated;
  return {
    component,
    counts,
    ready: current && counts.available === counts.desired && (onDelete || outdated === 0),
    available: seen && counts.available >= counts.desired,
    ...{ seen, current },
    outdated: onDelete && current ? outdated : 0,
  };
}

/** The component an object belongs to, by its label; empty for none. */
export function componentOf({ metadata }: KubeObject): string {
  return metadata?.labels?.[kubernetes.label.component] ?? '';
}
