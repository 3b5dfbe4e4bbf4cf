import type { Clock } from '@rackwright/core';

/** Wakes one waiter; a notification while nobody waits wakes the next one. */
export class Notifier {
  #notified = false;
  #wake: (() => void) | undefined;

  notify(): void {
    this.#notified = true;
    this.#wake?.();
  }

  /** Resolves after a notification, after `ms` milliseconds, or when `signal` aborts. */
  async wait(clock: Clock, signal: AbortSignal, ms?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const timer = ms === undefined ? undefined : clock.timer(ms, wake);
    this.#wake = wake;
    signal.addEventListener('abort', wake, { once: true });
    if (this.#notified || signal.aborted) wake();
    await promise;
    this.#notified = false;
    signal.removeEventListener('abort', wake);
    timer?.[Symbol.dispose]();
  }
}
