import type { Clock } from './clock.ts';

/** A point in time on both clocks of the machine. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** Now, to be compared with later. */
export function momentOf(clock: Clock): Moment {
  return { monotonic: clock.monotonic(), wall: clock.now() };
}

/**
 * Milliseconds that passed since `moment`, by the clock that says more. The
 * monotonic one runs on while a process is stopped but stands still while its
 * virtual machine is suspended; the wall clock is right after both, but may be
 * set back. So this is never too little, which is what deadlines need.
 */
export function elapsedSince(clock: Clock, moment: Moment): number {
  return Math.max(clock.monotonic() - moment.monotonic, clock.now() - moment.wall);
}
