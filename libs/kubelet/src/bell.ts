import type { Clock } from '@rackwright/core';

/** Wakes one waiter; a ring while nobody waits is kept for the next one. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves after a ring, after `ms` milliseconds, or when `signal` aborts. */
  async wait(clock: Clock, signal: AbortSignal, ms?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const timer = ms === undefined ? undefined : clock.timer(ms, wake);
    this.#wake = wake;
    signal.addEventListener('abort', wake, { once: true });
    if (this.#rung || signal.aborted) wake();
    await promise;
    this.#rung = false;
    signal.removeEventListener('abort', wake);
    timer?.[Symbol.dispose]();
  }
}
