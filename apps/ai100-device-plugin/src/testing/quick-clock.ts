import { type Clock, systemClock } from '@rackwright/core';

/** How many times faster than outside time passes. */
const pace = 6;

/**
 * A clock by which the plugin looks at its host as often as its shortest settings
 * cannot say. Limits of time stay as long as they are, so that a busy machine misses none.
 */
export class QuickClock implements Clock {
  readonly #nowStart = systemClock.now();
  readonly #start = systemClock.monotonic();

  now(): number {
    return this.#nowStart + this.#passed();
  }

  monotonic(): number {
    return this.#start + this.#passed();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms / pace, signal);
  }

  timer(ms: number, fn: () => void): Disposable {
    return systemClock.timer(ms, fn);
  }

  #passed(): number {
    return (systemClock.monotonic() - this.#start) * pace;
  }
}
