import { emptyMemory, type HealthMemory, remember } from './memory.ts';
import type { Observation } from './observation.ts';
import { type HealthRules, limits } from './rules.ts';
import { type Signal, signalsOf } from './signals.ts';
import type { HealthState } from './state.ts';

/** What a drive is judged to be. */
export interface DeviceHealth {
  readonly state: HealthState;
  readonly sinceMs: number;
  /** One CamelCase word; `Ok` when nothing is wrong. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
  /** Everything that is wrong, the worst first. */
  readonly signals: readonly Signal[];
  readonly memory: HealthMemory;
}

/**
 * Judges a drive by one more look at it. Pure; the only place where health is
 * decided, for kubelet, status, metrics and recovery alike.
 *
 * A drive that was Unhealthy is Recovering until nothing was wrong for three
 * looks and five minutes; what fails more than three times within an hour stays
 * Quarantined until somebody says otherwise (`clearQuarantine`).
 *
 * @param nowMs wall-clock time, which goes on while the agent is not running
 */
export function evaluateHealth(
  previous: DeviceHealth | undefined,
  observation: Observation,
  rules: HealthRules,
  nowMs: number,
): DeviceHealth {
  const before = previous?.memory ?? emptyMemory(nowMs);
  const memory = remember(before, observation, rules.unhealthyOnWarningBits, nowMs);
  const signals = signalsOf({ observation, memory, rules, nowMs });
  const [worst] = signals;
  if (worst?.severity === 'Unhealthy') return failing(previous, memory, signals, worst, nowMs);
  if (observation.smart.kind !== 'read') return unseen(previous, memory, signals, nowMs);
  return settled(previous, clean(before, memory, worst, nowMs), signals, nowMs);
}

/** Takes a drive out of quarantine; it must prove itself like any that failed. */
export function clearQuarantine(health: DeviceHealth, nowMs: number): DeviceHealth {
  if (health.state !== 'Quarantined') return health;
  const memory = { ...health.memory, failures: [], cleanPolls: 0, cleanSinceMs: nowMs };
  return { ...health, state: 'Unhealthy', sinceMs: nowMs, memory };
}

/** Puts a drive into quarantine, as recovery does when it gives up. */
export function quarantine(health: DeviceHealth, message: string, nowMs: number): DeviceHealth {
  if (health.state === 'Quarantined') return health;
  return { ...health, state: 'Quarantined', reason: 'RecoveryGaveUp', message, sinceMs: nowMs };
}

function failing(
  previous: DeviceHealth | undefined,
  memory: HealthMemory,
  signals: readonly Signal[],
  worst: Signal,
  nowMs: number,
): DeviceHealth {
  const isNew = previous?.state !== 'Unhealthy' && previous?.state !== 'Quarantined';
  const recent = memory.failures.filter((atMs) => nowMs - atMs < limits.quarantineMs);
  const failures = isNew ? [...recent, nowMs] : recent;
  const quarantined = previous?.state === 'Quarantined' || failures.length > limits.quarantineEntries;
  const state = quarantined ? 'Quarantined' : 'Unhealthy';
  const next = { ...memory, failures, cleanPolls: 0, cleanSinceMs: nowMs };
  const { reason, message } = worst;
  return { state, sinceMs: sinceOf(previous, state, nowMs), reason, message, signals, memory: next };
}

/** From the best to the worst, of those that a look without a log can change. */
const seenStates: readonly HealthState[] = ['Healthy', 'Degraded', 'Suspect'];

/**
 * Without its log a drive can only look worse than before: what was wrong with
 * it may still be, and nothing counts as a clean look.
 */
function unseen(
  previous: DeviceHealth | undefined,
  memory: HealthMemory,
  signals: readonly Signal[],
  nowMs: number,
): DeviceHealth {
  const [worst] = signals;
  const state = previous?.state ?? 'Unknown';
  const shown =
    worst?.severity === 'Degraded' || worst === undefined ? (worst?.severity ?? 'Healthy') : 'Suspect';
  const isWorse = seenStates.includes(state) && seenStates.indexOf(shown) > seenStates.indexOf(state);
  if (worst !== undefined && isWorse) {
    return { state: shown, sinceMs: nowMs, reason: worst.reason, message: worst.message, signals, memory };
  }
  const kept = previous ?? {
    reason: 'NotChecked',
    message: 'the SMART log was not read yet',
    sinceMs: nowMs,
  };
  return { state, sinceMs: kept.sinceMs, reason: kept.reason, message: kept.message, signals, memory };
}

/** A look that shows nothing at all is clean; one that leaves doubt begins the count anew. */
function clean(
  before: HealthMemory,
  memory: HealthMemory,
  worst: Signal | undefined,
  nowMs: number,
): HealthMemory {
  const isClean = worst === undefined || worst.severity === 'Degraded';
  if (!isClean) return { ...memory, cleanPolls: 0, cleanSinceMs: nowMs };
  const cleanSinceMs = before.cleanPolls === 0 ? nowMs : before.cleanSinceMs;
  return { ...memory, cleanPolls: before.cleanPolls + 1, cleanSinceMs };
}

function settled(
  previous: DeviceHealth | undefined,
  memory: HealthMemory,
  signals: readonly Signal[],
  nowMs: number,
): DeviceHealth {
  const [worst] = signals;
  const state = nextState(previous?.state ?? 'Unknown', memory, worst, nowMs);
  const { reason, message } = wordsOf(state, worst, previous);
  return { state, sinceMs: sinceOf(previous, state, nowMs), reason, message, signals, memory };
}

function nextState(
  state: HealthState,
  { cleanPolls, cleanSinceMs }: HealthMemory,
  worst: Signal | undefined,
  nowMs: number,
): HealthState {
  if (state === 'Quarantined') return state;
  const proven = cleanPolls >= limits.cleanPolls && nowMs - cleanSinceMs >= limits.cleanMs;
  const failed = state === 'Unhealthy' || state === 'Recovering' || state === 'Removed';
  if (failed && !proven) return 'Recovering';
  switch (worst?.severity) {
    case undefined:
      return 'Healthy';
    case 'Degraded':
      return 'Degraded';
    default:
      // Doubt about one that was never seen well is no reason to offer it.
      return state === 'Unknown' ? 'Unknown' : 'Suspect';
  }
}

function wordsOf(
  state: HealthState,
  worst: Signal | undefined,
  previous: DeviceHealth | undefined,
): { readonly reason: string; readonly message: string } {
  if (state === 'Quarantined' && previous !== undefined)
    return { reason: previous.reason, message: previous.message };
  if (state === 'Recovering') {
    const last = previous?.state === 'Recovering' ? previous.message : `it failed: ${previous?.message}`;
    return { reason: 'Recovering', message: last };
  }
  return worst ?? { reason: 'Ok', message: 'nothing is wrong' };
}

function sinceOf(previous: DeviceHealth | undefined, state: HealthState, nowMs: number): number {
  return previous?.state === state ? previous.sinceMs : nowMs;
}
