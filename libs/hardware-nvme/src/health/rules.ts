/** Limits by which a drive is judged. */
export interface HealthRules {
  /** Percent of the rated endurance from which a drive is Degraded. */
  readonly percentageUsedWarn: number;
  /** New media errors within an hour from which a drive is Unhealthy. */
  readonly mediaErrorsPerHourMax: number;
  /** How long a controller may be resetting or connecting, in milliseconds. */
  readonly resettingGraceMs: number;
  /** Bits of the critical warning, 0 to 5, that make a drive Unhealthy; the others make it Degraded. */
  readonly unhealthyOnWarningBits: readonly number[];
  /** How long a drive that failed must be well before it is Healthy again, in milliseconds; default five minutes. */
  readonly cleanMs?: number;
}

export const defaultHealthRules: HealthRules = {
  percentageUsedWarn: 90,
  mediaErrorsPerHourMax: 10,
  resettingGraceMs: 120_000,
  unhealthyOnWarningBits: [2, 3],
};

const secondMs = 1000;
const hourMs = 3600 * secondMs;

/** Limits that are not settings. */
export const limits = {
  /** A controller that is `new` for longer is suspect. */
  newMs: 60 * secondMs,
  /** A controller that resets for longer is suspect. */
  resettingMs: 15 * secondMs,
  /** Polls in a row that show a warning before the drive is Unhealthy: one may be a glitch of the log. */
  warningPolls: 2,
  hotPolls: 3,
  /** Reads of the log in a row that fail. */
  suspectMisses: 2,
  unhealthyMisses: 3,
  /** How long new media errors keep a drive Degraded. */
  mediaMemoryMs: 24 * hourMs,
  /** What a drive must show before it is Healthy again after it was not. */
  cleanPolls: 3,
  cleanMs: 300 * secondMs,
  /** More failures within this time end in quarantine. */
  quarantineEntries: 3,
  quarantineMs: hourMs,
  /** A drive that was not there for so long is Removed. */
  removedMs: 24 * hourMs,
  hourMs,
} as const;
