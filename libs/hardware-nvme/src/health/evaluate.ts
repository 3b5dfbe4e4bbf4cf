import { emptyMemory, type HealthMemory, remember } from './memory.ts';
import type { Observation } from './observation.ts';
import { type HealthRules, limits } from './rules.ts';
import { goneReason, type Signal, signalsOf } from './signals.ts';
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
  if (worst?.severity === 'Unhealthy') {
    const failure = failureOf(before, observation, worst, nowMs);
    return failing(previous, withFailure(memory, failure), signals, worst, nowMs);
  }
  if (observation.smart.kind !== 'read') return unseen(previous, memory, signals, nowMs);
  const healed = withFailure(clean(before, memory, worst, nowMs), undefined);
  return settled(previous, healed, signals, { nowMs, rules });
}

/** Takes a drive out of quarantine, as it is now; it must prove itself like any that failed. */
export function clearQuarantine(health: DeviceHealth, nowMs: number): DeviceHealth {
  if (health.state !== 'Quarantined') return health;
  const { sizeBytes: _, ...memory } = { ...health.memory, failures: [], cleanPolls: 0, cleanSinceMs: nowMs };
  return { ...health, state: 'Unhealthy', sinceMs: nowMs, memory };
}

/** Puts a drive into quarantine, as recovery does when it gives up. */
export function quarantine(health: DeviceHealth, message: string, nowMs: number): DeviceHealth {
  if (health.state === 'Quarantined') return health;
  return { ...health, state: 'Quarantined', reason: 'RecoveryGaveUp', message, sinceMs: nowMs };
}

/** A drive does not answer for the others of its volume: what they do to it is no failure of its own. */
function failureOf(
  { failure }: HealthMemory,
  { smart }: Observation,
  { reason, ofVolume }: Signal,
  nowMs: number,
): HealthMemory['failure'] {
  if (ofVolume) return smart.kind === 'read' ? undefined : failure;
  return failure?.reason === reason ? failure : { reason, sinceMs: nowMs };
}

function withFailure(memory: HealthMemory, failure: HealthMemory['failure']): HealthMemory {
  const { failure: _, ...rest } = memory;
  return failure === undefined ? rest : { ...rest, failure };
}

function failing(
  previous: DeviceHealth | undefined,
  memory: HealthMemory,
  signals: readonly Signal[],
  worst: Signal,
  nowMs: number,
): DeviceHealth {
  const isNew = memory.failure !== undefined && previous?.memory.failure === undefined;
  const recent = memory.failures.filter((atMs) => nowMs - atMs < limits.quarantineMs);
  const failures = isNew ? [...recent, nowMs] : recent;
  const quarantined = previous?.state === 'Quarantined' || failures.length > limits.quarantineEntries;
  const state = quarantined ? 'Quarantined' : isRemoved(previous, worst, nowMs) ? 'Removed' : 'Unhealthy';
  const next = unclean({ ...memory, failures }, nowMs);
  const { reason, message } = worst;
  return { state, sinceMs: sinceOf(previous, state, nowMs), reason, message, signals, memory: next };
}

function isRemoved(previous: DeviceHealth | undefined, { reason }: Signal, nowMs: number): boolean {
  if (reason !== goneReason || previous === undefined) return false;
  return (
    previous.state === 'Removed' ||
    (previous.reason === goneReason && nowMs - previous.sinceMs >= limits.removedMs)
  );
}

/** From the best to the worst, of those that a look without a log can change. */
const seenStates: readonly HealthState[] = ['Healthy', 'Degraded', 'Suspect', 'Unknown'];

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
  const next = worst === undefined || worst.severity === 'Degraded' ? memory : unclean(memory, nowMs);
  const state = previous?.state ?? 'Unknown';
  if (worst !== undefined && isChange(state, worst, memory)) {
    const { severity, reason, message } = worst;
    return { state: severity, sinceMs: nowMs, reason, message, signals, memory: next };
  }
  const kept = previous ?? {
    reason: 'NotChecked',
    message: 'the SMART log was not read yet',
    sinceMs: nowMs,
  };
  const { sinceMs, reason, message } = kept;
  return { state, sinceMs, reason, message, signals, memory: next };
}

/** Doubt about a drive that was never seen well is no reason to offer it. */
function isChange(state: HealthState, { severity }: Signal, { mediaErrors }: HealthMemory): boolean {
  if (state === 'Unknown') return severity === 'Suspect' && mediaErrors !== undefined;
  return seenStates.includes(state) && seenStates.indexOf(severity) > seenStates.indexOf(state);
}

function unclean(memory: HealthMemory, nowMs: number): HealthMemory {
  return { ...memory, cleanPolls: 0, cleanSinceMs: nowMs };
}

/** A look that shows nothing at all is clean; one that leaves doubt begins the count anew. */
function clean(
  before: HealthMemory,
  memory: HealthMemory,
  worst: Signal | undefined,
  nowMs: number,
): HealthMemory {
  const isClean = worst === undefined || worst.severity === 'Degraded';
  if (!isClean) return unclean(memory, nowMs);
  const cleanSinceMs = before.cleanPolls === 0 ? nowMs : before.cleanSinceMs;
  return { ...memory, cleanPolls: Math.min(before.cleanPolls + 1, limits.cleanPolls), cleanSinceMs };
}

function settled(
  previous: DeviceHealth | undefined,
  memory: HealthMemory,
  signals: readonly Signal[],
  { nowMs, rules }: { readonly nowMs: number; readonly rules: HealthRules },
): DeviceHealth {
  const [worst] = signals;
  const { cleanMs = limits.cleanMs } = rules;
  const isProven = memory.cleanPolls >= limits.cleanPolls && nowMs - memory.cleanSinceMs >= cleanMs;
  const state = nextState(previous?.state ?? 'Unknown', worst, isProven);
  const { reason, message } = wordsOf(state, worst, previous);
  return { state, sinceMs: sinceOf(previous, state, nowMs), reason, message, signals, memory };
}

function nextState(state: HealthState, worst: Signal | undefined, isProven: boolean): HealthState {
  if (state === 'Quarantined') return state;
  const failed = state === 'Unhealthy' || state === 'Recovering' || state === 'Removed';
  if (failed && !isProven) return 'Recovering';
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
