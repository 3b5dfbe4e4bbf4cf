import type { Clock } from '@rackwright/core';
import type { CacheState } from './cache/index.ts';

/** How long drives wait for a cache that is looked after. */
const patienceMs = 5000;

/** What looks after a cache. */
export interface CacheTurnOptions {
  readonly reconcile: (signal: AbortSignal) => Promise<CacheState>;
  /** The cache as it was last seen. */
  readonly newest: () => CacheState;
  /** Called when a turn is over that was not waited for: there is something to be told. */
  readonly ended: () => void;
  readonly clock: Clock;
}

/**
 * Has the cache looked after, one time after the other. A cache that containers
 * use is not waited for longer than its drives can wait: where LVM hangs they
 * are judged in time, and the cache is taken to be as it was.
 */
export class CacheTurn {
  readonly #options: CacheTurnOptions;
  #running: Promise<CacheState> | undefined;

  constructor(options: CacheTurnOptions) {
    this.#options = options;
  }

  /** @throws the signal's reason */
  async take(signal: AbortSignal): Promise<CacheState> {
    const { reconcile, newest } = this.#options;
    const isNew = this.#running === undefined;
    this.#running ??= reconcile(signal).finally(() => {
      this.#running = undefined;
    });
    const running = this.#running;
    const isUsed = newest().volumes.some(({ mounted }) => mounted);
    if (!isUsed || (await this.#endsInTime(running, signal))) return running;
    if (isNew) void running.then(this.#options.ended, () => undefined);
    return newest();
  }

  async #endsInTime(running: Promise<CacheState>, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const late = this.#options.clock
      .sleep(patienceMs, AbortSignal.any([signal, over.signal]))
      .then(() => false)
      .catch(() => true);
    try {
      return await Promise.race([running.then(() => true), late]);
    } finally {
      over.abort();
    }
  }
}
