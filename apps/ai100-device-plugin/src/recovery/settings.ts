import type { recoveryActions } from '../options/health-options.ts';

/** Something that may bring a drive or the cache back. */
export type RecoveryAction = (typeof recoveryActions)[number];

/** What recovery may do: `spec.recovery` of an AidaptivCache. Times in milliseconds. */
export interface RecoverySettings {
  readonly mode: 'Off' | 'DryRun' | 'Auto';
  readonly actions: readonly RecoveryAction[];
  readonly maxResetsPerHour: number;
  /** From a failure to the first attempt, for most drives come back by themselves; doubles with each attempt. */
  readonly firstWaitMs: number;
  /** Rest after a recovery before the next one of the same drive. */
  readonly cooldownMs: number;
  /** Attempts after which a drive is left to people. */
  readonly maxAttempts: number;
}

/** Limits that are not settings. */
export const recoveryLimits = {
  /** Nothing is done so soon after the node has started: much is still on its way. */
  bootMs: 120_000,
  longestWaitMs: 1_800_000,
  /** Share of a wait that is random, so that nodes that failed together do not act together. */
  jitter: 0.2,
  /** Resets within this time count against the budget. */
  budgetMs: 3_600_000,
} as const;
