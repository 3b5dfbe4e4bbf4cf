/** How long a state must hold before it is believed, in milliseconds. */
export interface DebounceOptions {
  /** Before a device counts as healthy again. */
  readonly healthyMs: number;
  /** Before it counts as unhealthy; default 0, at once. */
  readonly unhealthyMs?: number;
}

/** Where one device stands. Keep it and give it back with the next observation. */
export interface DebounceState {
  /** What to tell others. */
  readonly healthy: boolean;
  /** What was last observed. */
  readonly observed: boolean;
  /** Since when it is observed so without a break, in the caller's milliseconds. */
  readonly since: number;
  /** When `healthy` changes if nothing else is observed; absent when it would not. */
  readonly dueAt?: number;
}

/**
 * Damps a flapping link: a device is unhealthy at once (or after
 * `unhealthyMs`) and healthy only after it was so without a break for
 * `healthyMs`. Call it with each observation and again at `dueAt`. The first
 * observation is believed as it is.
 *
 * @param now milliseconds of any clock that does not go backwards
 */
export function debounceLink(
  previous: DebounceState | undefined,
  observed: boolean,
  now: number,
  options: DebounceOptions,
): DebounceState {
  if (previous === undefined) return { healthy: observed, observed, since: now };
  const since = previous.observed === observed ? previous.since : now;
  if (previous.healthy === observed) return { healthy: observed, observed, since };
  const dueAt = since + (observed ? options.healthyMs : (options.unhealthyMs ?? 0));
  return now >= dueAt
    ? { healthy: observed, observed, since }
    : { healthy: previous.healthy, observed, since, dueAt };
}
