import type { Observation, SmartMiss, SmartOutcome } from './observation.ts';
import { limits } from './rules.ts';

const minuteMs = 60_000;

/** What is remembered of earlier looks at a drive. Plain data, so that it survives a restart of the agent as JSON. */
export interface HealthMemory {
  /** What the controller is at, and since when. Resetting and connecting are two parts of one reset. */
  readonly controllerState: string;
  readonly controllerSinceMs: number;
  /** Polls in a row with a warning bit that makes a drive Unhealthy. */
  readonly warningPolls: number;
  /** Polls in a row at or above the critical temperature. */
  readonly hotPolls: number;
  /** Reads of the log in a row that failed. */
  readonly smartMisses: number;
  /** Why the last of them did. */
  readonly miss?: SmartMiss;
  /** Media errors at the last look, as decimal text; absent before the first. */
  readonly mediaErrors?: string;
  /** New media errors: when, and how many. */
  readonly mediaGrowth: readonly { readonly atMs: number; readonly errors: number }[];
  /** Size at the first look, as decimal text. */
  readonly sizeBytes?: string;
  /** What of the drive's own makes it Unhealthy, and since when; absent once a look found nothing of the kind. */
  readonly failure?: { readonly reason: string; readonly sinceMs: number };
  /** When the drive became Unhealthy, within the last hour. */
  readonly failures: readonly number[];
  /** Looks in a row without anything Unhealthy, as many as are asked for at most, and since when. */
  readonly cleanPolls: number;
  readonly cleanSinceMs: number;
}

/** Nothing is known yet. */
export function emptyMemory(nowMs: number): HealthMemory {
  return {
    controllerState: '',
    controllerSinceMs: nowMs,
    warningPolls: 0,
    hotPolls: 0,
    smartMisses: 0,
    mediaGrowth: [],
    failures: [],
    cleanPolls: 0,
    cleanSinceMs: nowMs,
  };
}

/** What is remembered after one more look, but for failures and clean polls, which follow from the verdict. Pure. */
export function remember(
  memory: HealthMemory,
  observation: Observation,
  unhealthyBits: readonly number[],
  nowMs: number,
): HealthMemory {
  const { smart, thresholds, sizeBytes } = observation;
  const controllerState = phaseOf(observation.controllerState);
  const log = smart.kind === 'read' ? smart.log : undefined;
  const warned = log !== undefined && unhealthyBits.some((bit) => (log.criticalWarning >> bit) % 2 === 1);
  const isHot =
    log?.temperatureCelsius !== undefined &&
    thresholds?.criticalCelsius !== undefined &&
    log.temperatureCelsius >= thresholds.criticalCelsius;
  const misses = { read: 0, failed: memory.smartMisses + 1, skipped: memory.smartMisses }[smart.kind];
  const known =
    memory.sizeBytes ?? (sizeBytes === undefined || sizeBytes === 0n ? undefined : `${sizeBytes}`);
  const { miss: earlier, ...before } = memory;
  const miss = missOf(smart, earlier);
  return {
    ...before,
    ...(miss !== undefined && { miss }),
    controllerState,
    controllerSinceMs: controllerState === memory.controllerState ? memory.controllerSinceMs : nowMs,
    warningPolls: log === undefined ? memory.warningPolls : warned ? memory.warningPolls + 1 : 0,
    hotPolls: log === undefined ? memory.hotPolls : isHot ? memory.hotPolls + 1 : 0,
    smartMisses: misses,
    ...(known !== undefined && { sizeBytes: known }),
    ...media(memory, log?.mediaErrors, nowMs),
  };
}

function missOf(smart: SmartOutcome, earlier: SmartMiss | undefined): SmartMiss | undefined {
  if (smart.kind === 'skipped') return earlier;
  if (smart.kind === 'read') return undefined;
  const { kind: _, ...miss } = smart;
  return miss;
}

/** The kernel's states while it resets a controller; it goes through more than one. */
export const resettingStates: readonly string[] = ['resetting', 'connecting', 'reconnecting'];

function phaseOf(state = ''): string {
  return resettingStates.includes(state) ? 'resetting' : state;
}

/** The first reading is where counting begins, and so is one that is smaller than before: another drive, or a reset counter. */
function media(
  { mediaErrors, mediaGrowth }: HealthMemory,
  now: bigint | undefined,
  nowMs: number,
): Pick<HealthMemory, 'mediaErrors' | 'mediaGrowth'> {
  const recent = mediaGrowth.filter(({ atMs }) => nowMs - atMs < limits.mediaMemoryMs);
  if (now === undefined) return { mediaGrowth: recent, ...(mediaErrors !== undefined && { mediaErrors }) };
  const growth = mediaErrors === undefined ? 0n : now - BigInt(mediaErrors);
  const grown = growth > 0n ? [...recent, { atMs: nowMs, errors: Number(growth) }] : recent;
  return { mediaErrors: `${now}`, mediaGrowth: thinned(grown, nowMs) };
}

type Growth = HealthMemory['mediaGrowth'][number];

/** Growth of one minute becomes one entry, and of one hour once it is older: the count stays, its time is that of the last. */
function thinned(growth: readonly Growth[], nowMs: number): Growth[] {
  const thin: Growth[] = [];
  for (const entry of growth) {
    const last = thin.at(-1);
    const partMs = nowMs - entry.atMs < limits.hourMs ? minuteMs : limits.hourMs;
    if (last === undefined || Math.floor(last.atMs / partMs) !== Math.floor(entry.atMs / partMs))
      thin.push(entry);
    else thin[thin.length - 1] = { atMs: entry.atMs, errors: last.errors + entry.errors };
  }
  return thin;
}

/** New media errors of the last hour, and of the last day. */
export function mediaCounts({ mediaGrowth }: HealthMemory, nowMs: number): { hour: number; day: number } {
  const within = (ms: number): number =>
    mediaGrowth.filter(({ atMs }) => nowMs - atMs < ms).reduce((sum, { errors }) => sum + errors, 0);
  return { hour: within(limits.hourMs), day: within(limits.mediaMemoryMs) };
}
