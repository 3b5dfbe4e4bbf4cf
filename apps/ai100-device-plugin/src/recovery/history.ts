import type { CacheRecovery } from '../cache/index.ts';
import { type RecoveryAction, recoveryLimits } from './settings.ts';

/** How an attempt ended; `Nothing` where no action fitted. */
export type AttemptResult = 'Succeeded' | 'Failed' | 'DryRun' | 'Nothing';

/** What was tried to bring one drive back. Times in milliseconds since the epoch. */
export interface TargetHistory {
  /** Since it was last well. */
  readonly attempts: number;
  /** Nothing is tried before. */
  readonly nextAttemptMs: number;
  readonly lastAction?: RecoveryAction;
  readonly lastResult?: AttemptResult;
  /** When the last attempt was made; absent in files of older releases. */
  readonly lastMs?: number;
  /** When it was reset, within the last hour. */
  readonly resets: readonly number[];
}

/** By serial number, or `vg/NAME` of a cache. Plain data: it survives restarts of the agent. */
export type RecoveryHistory = Readonly<Record<string, TargetHistory>>;

export const noHistory: TargetHistory = { attempts: 0, nextAttemptMs: 0, resets: [] };

/** Actions that reset a drive, and count as one. */
const resetting: readonly (RecoveryAction | undefined)[] = ['ControllerReset', 'PciRescan'];

/** An attempt that is to be written down. */
export interface Attempt {
  readonly target: string;
  readonly action?: RecoveryAction;
  readonly result: AttemptResult;
}

/** When an attempt is made, and how long the first wait after one is. */
export interface AttemptTime {
  readonly nowMs: number;
  readonly firstWaitMs: number;
  /** A number in [0, 1). */
  readonly random: number;
}

/** Writes an attempt down; the next one comes after a wait that doubles. Pure. */
export function withAttempt(
  history: RecoveryHistory,
  { target, action, result }: Attempt,
  time: AttemptTime,
): RecoveryHistory {
  const { nowMs } = time;
  const before = history[target] ?? noHistory;
  const isReset = resetting.includes(action) && result !== 'DryRun';
  const next: TargetHistory = {
    attempts: before.attempts + 1,
    nextAttemptMs: nowMs + waitMs(before.attempts, time),
    ...(action !== undefined && { lastAction: action }),
    lastResult: result,
    lastMs: nowMs,
    resets: [...recentResets(before, nowMs), ...(isReset ? [nowMs] : [])],
  };
  return { ...history, [target]: next };
}

/** Writes down how a step that brings a cache back ended; such steps need not wait for each other. Pure. */
export function withCacheAction(
  history: RecoveryHistory,
  { vg, action, phase }: CacheRecovery,
  nowMs: number,
): RecoveryHistory {
  if (phase === 'Started') return history;
  const target = `vg/${vg}`;
  const attempts = phase === 'Failed' ? (history[target]?.attempts ?? 0) + 1 : 0;
  const one = {
    attempts,
    nextAttemptMs: 0,
    lastAction: action,
    lastResult: phase,
    lastMs: nowMs,
    resets: [],
  };
  return { ...history, [target]: one };
}

/** Says how the last attempt ended, which was written down before it was made. Pure. */
export function withResult(history: RecoveryHistory, target: string, result: AttemptResult): RecoveryHistory {
  const before = history[target];
  return before === undefined ? history : { ...history, [target]: { ...before, lastResult: result } };
}

/** A drive that is well again begins anew, after a rest if anything was done to it. Pure. */
export function withRecovery(
  history: RecoveryHistory,
  target: string,
  nowMs: number,
  cooldownMs: number,
): RecoveryHistory {
  const before = history[target];
  if (before === undefined || before.attempts === 0) return history;
  const rest = before.lastResult === 'Nothing' ? 0 : nowMs + cooldownMs;
  const next = { ...before, attempts: 0, nextAttemptMs: rest, resets: recentResets(before, nowMs) };
  return { ...history, [target]: next };
}

/** After a boot of the host no reset counts any more: it was one for every drive. Pure. */
export function afterBoot(history: RecoveryHistory): RecoveryHistory {
  return Object.fromEntries(Object.entries(history).map(([target, one]) => [target, { ...one, resets: [] }]));
}

export function recentResets({ resets }: TargetHistory, nowMs: number): number[] {
  return resets.filter((atMs) => nowMs - atMs < recoveryLimits.budgetMs);
}

/** The wait after so many earlier attempts. Jitter makes it shorter, never longer. */
function waitMs(attempts: number, { firstWaitMs, random }: AttemptTime): number {
  const { longestWaitMs, jitter } = recoveryLimits;
  const full = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(attempts, 16));
  return Math.round(full * (1 - jitter * random));
}
