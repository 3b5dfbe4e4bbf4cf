import type { CxiDriverStatus } from '@rackwright/api';
import { parseDuration } from '@rackwright/core';
import type { DaemonSet } from '@rackwright/kube';
import { isTerminating } from '@rackwright/manager';
import type { Component } from './component.ts';
import { componentOf } from './deletion.ts';

/** How far the rollout of one component is, in nodes. */
export type Counts = NonNullable<CxiDriverStatus['components']>[number];

/** One component's rollout. */
export interface Rollout {
  readonly component: Component;
  readonly counts: Counts;
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
export function rolloutsOf(wanted: readonly Component[], daemonSets: readonly DaemonSet[]): Rollout[] {
  return wanted.map((component) =>
    rolloutOf(
      component,
      daemonSets.find((daemonSet) => componentOf(daemonSet) === component),
    ),
  );
}

function rolloutOf(component: Component, daemonSet: DaemonSet | undefined): Rollout {
  const { status = {}, metadata, spec } = daemonSet ?? {};
  const counts: Counts = {
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

/** Whether rollouts get on. */
export interface Progress {
  /** When they last did, RFC 3339. */
  readonly lastProgressTime: string;
  /** They have stood still for longer than they may. */
  readonly stuck: boolean;
  /** Milliseconds until they count as stuck; undefined when they are done or stuck. */
  readonly remainingMs: number | undefined;
}

/**
 * Compares with what the status said before. A rollout gets on when its target
 * changes, a pod is replaced or one more becomes ready; one that is done starts
 * again when a pod fails.
 */
export function progressOf(
  rollouts: readonly Rollout[],
  previous: CxiDriverStatus | undefined,
  { generation, healthCheckTimeout, now }: { generation: number; healthCheckTimeout: string; now: number },
): Progress {
  const moved =
    previous?.lastProgressTime === undefined ||
    previous.observedGeneration !== generation ||
    rollouts.some(({ counts }) => hasMoved(counts, previous.components));
  const lastProgressTime =
    moved || previous?.lastProgressTime === undefined ? timestamp(now) : previous.lastProgressTime;
  if (rollouts.every(({ ready }) => ready)) return { lastProgressTime, stuck: false, remainingMs: undefined };
  const remainingMs = Date.parse(lastProgressTime) + parseDuration(healthCheckTimeout) - now;
  const stuck = remainingMs <= 0;
  return { lastProgressTime, stuck, remainingMs: stuck ? undefined : remainingMs };
}

function hasMoved(counts: Counts, previous: CxiDriverStatus['components']): boolean {
  const before = previous?.find(({ name }) => name === counts.name);
  if (before === undefined || before.desired !== counts.desired || before.updated !== counts.updated)
    return true;
  const wasDone = before.available === before.desired;
  return counts.available > before.available || (wasDone && counts.available < before.available);
}

/** RFC 3339 to the second, as the API server writes times. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
