import { Backoff, type Clock, errorMessage, type Logger } from '@rackwright/core';

export interface EraserOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Erasing goes on until then. */
  readonly signal: AbortSignal;
}

/** Volumes that are erased at the same time; more would only share the same memory bandwidth. */
const atOnce = 4;

/**
 * Removes deleted volumes in the background, and tries again until it has
 * worked, so that nobody waits for memory that is overwritten.
 */
export class Eraser {
  readonly #options: EraserOptions;
  readonly #running = new Map<string, Promise<void>>();
  #free = atOnce;
  readonly #waiting: (() => void)[] = [];

  constructor(options: EraserOptions) {
    this.#options = options;
  }

  /** Volumes that are being erased, or wait for it. */
  get pending(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** Begins to remove a volume unless that goes on already; ends when it is gone or the process stops. */
  begin(id: string, remove: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const running = this.#running.get(id) ?? this.#start(id, remove);
    this.#running.set(id, running);
    return running;
  }

  async #start(id: string, remove: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#options;
    try {
      await this.#turn(() => this.#untilDone(id, remove));
    } finally {
      this.#running.delete(id);
      if (signal.aborted) this.#options.logger.info('erasing goes on after the next start', { volume: id });
    }
  }

  async #untilDone(id: string, remove: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { clock, logger, signal } = this.#options;
    const backoff = new Backoff({ initialMs: 1000, maxMs: 60_000 });
    while (!signal.aborted) {
      try {
        return await remove(signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('a deleted volume could not be removed yet', { volume: id, error: errorMessage(error) });
        await clock.sleep(backoff.next(), signal).catch(() => undefined);
      }
    }
  }

  async #turn(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
