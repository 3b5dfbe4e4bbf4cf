import { setImmediate } from 'node:timers/promises';
import { aborted } from '@rackwright/core';

interface Running<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
}

/**
 * Work that all who ask for the same while it is under way share, also those
 * who ask in the same turn of the event loop: however many they are, others get
 * their turn. It is told when nobody waits any more.
 */
export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>();

  /** Kinds of work under way. */
  get size(): number {
    return this.#running.size;
  }

  has(key: string): boolean {
    return this.#running.has(key);
  }

  /**
   * Waits for the work under way for `key`, begun with `work` if there is none.
   *
   * @throws the reason of `signal` if that comes first, and whatever `work` throws
   */
  async run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const running = this.#running.get(key) ?? this.#begin(key, work);
    running.waiting += 1;
    const given = aborted(signal).then((): never => {
      throw signal.reason;
    });
    given.catch(() => undefined);
    try {
      return await Promise.race([running.result, given]);
    } finally {
      running.waiting -= 1;
      if (running.waiting === 0) this.#end(key, running, signal.reason);
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>): Running<T> {
    const stop = new AbortController();
    const result = setImmediate().then(() => work(stop.signal));
    const running: Running<T> = { result, stop, waiting: 0 };
    this.#running.set(key, running);
    running.result.then(
      () => this.#end(key, running),
      () => this.#end(key, running),
    );
    return running;
  }

  #end(key: string, running: Running<T>, reason?: unknown): void {
    if (this.#running.get(key) === running) this.#running.delete(key);
    running.stop.abort(reason);
  }
}
