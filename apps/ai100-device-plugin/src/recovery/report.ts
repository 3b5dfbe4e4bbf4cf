import type { AidaptivCacheNodeStatus } from '@rackwright/api';
import type { RecoveryHistory, TargetHistory } from './history.ts';
import type { Counted } from './tally.ts';

/** What recovery does and did. */
export interface RecoveryReport {
  /** An action runs now. */
  readonly inProgress: boolean;
  readonly history: RecoveryHistory;
  /** Actions since the agent has started. */
  readonly actions: readonly Counted[];
  /** Which boot of the host the history speaks of; empty where the host does not say. */
  readonly bootId: string;
}

/** Most serial numbers an AidaptivCacheNode holds. */
const maxSerials = 100;

/**
 * `.status.recovery` of an AidaptivCacheNode: of several drives, that to which
 * something was last done. Pure.
 *
 * @param quarantined serial numbers of drives that are left to people
 */
export function recoveryStatus(
  { inProgress, history, bootId }: RecoveryReport,
  quarantined: readonly string[],
  nowMs: number,
): NonNullable<AidaptivCacheNodeStatus['recovery']> {
  const { lastAction, lastResult, attempts = 0, nextAttemptMs = 0 } = newest(history) ?? {};
  return {
    ...{ inProgress, attempts, quarantinedSerials: quarantined.slice(0, maxSerials) },
    ...(lastAction !== undefined && { lastAction }),
    ...(lastResult !== undefined && { lastResult }),
    ...(nextAttemptMs > nowMs && { nextAttemptTime: new Date(nextAttemptMs).toISOString() }),
    ...(bootId !== '' && { bootID: bootId }),
  };
}

function newest(history: RecoveryHistory): TargetHistory | undefined {
  return Object.values(history).toSorted((a, b) => (b.lastMs ?? 0) - (a.lastMs ?? 0))[0];
}
