import { type Clock, errorMessage, HwError } from '@rackwright/core';

/** How long and how often a condition is looked at. Times in milliseconds. */
export interface WaitOptions {
  readonly clock: Clock;
  /** Default 60 s. */
  readonly deadlineMs?: number;
  /** Default 100 ms. */
  readonly intervalMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks at `check` until it returns something other than undefined or false,
 * and returns that. A check that throws counts as "not yet"; its error is the
 * cause if the time runs out.
 *
 * @param what completes the sentence "waited for …"
 * @throws HwError DeadlineExceeded, with the last error as its cause
 */
export async function waitUntil<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  { clock, deadlineMs = 60_000, intervalMs = 100, signal }: WaitOptions,
): Promise<T> {
  const end = clock.monotonic() + deadlineMs;
  let cause: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (clock.monotonic() >= end) {
      const last = cause === undefined ? '' : `; last: ${errorMessage(cause)}`;
      throw new HwError('DeadlineExceeded', `waited ${deadlineMs / 1000} s for ${what}${last}`);
    }
    await clock.sleep(intervalMs, signal);
  }
}
