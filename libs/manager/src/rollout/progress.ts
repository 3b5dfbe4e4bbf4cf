import type { Condition } from '@rackwright/controller';
import type { Rollout, RolloutCounts } from './rollout.ts';

/** What the status said before, as far as rollouts are told from it. */
export interface PreviousStatus {
  readonly observedGeneration?: number | undefined;
  readonly components?: readonly RolloutCounts[] | undefined;
  /** RFC 3339. */
  readonly lastProgressTime?: string | undefined;
  readonly conditions?: readonly Pick<Condition, 'type' | 'reason'>[] | undefined;
}

/** What progress is judged by. */
export interface ProgressOptions {
  /** metadata.generation of the object. */
  readonly generation: number;
  /** How long rollouts may stand still, in milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
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
  previous: PreviousStatus | undefined,
  { generation, timeoutMs, now }: ProgressOptions,
): Progress {
  const moved =
    previous?.lastProgressTime === undefined ||
    previous.observedGeneration !== generation ||
    rollouts.some(({ counts }) => hasMoved(counts, previous.components));
  const lastProgressTime =
    moved || previous?.lastProgressTime === undefined ? timestamp(now) : previous.lastProgressTime;
  if (rollouts.every(({ ready }) => ready)) return { lastProgressTime, stuck: false, remainingMs: undefined };
  const remainingMs = Date.parse(lastProgressTime) + timeoutMs - now;
  const stuck = remainingMs <= 0;
  return { lastProgressTime, stuck, remainingMs: stuck ? undefined : remainingMs };
}

function hasMoved(counts: RolloutCounts, previous: PreviousStatus['components']): boolean {
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
