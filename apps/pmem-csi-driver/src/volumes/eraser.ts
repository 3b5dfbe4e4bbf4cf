import { Backoff, type Clock, errorMessage, type Logger } from '@rackwright/core';

export interface EraserOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Erasing goes on until then. */
  readonly signal: AbortSignal;
}

/**
 * Volumes that are overwritten at the same time. More would only share the same memory
 * bandwidth, and each keeps one of the four threads that Node has for files busy.
 */
const atOnce = 2;
/** How often the log tells how far a volume is, in milliseconds. */
const reportIntervalMs = 30_000;

/** A volume that is deleted. */
export interface Removal {
  readonly id: string;
  /** What of it is overwritten before; 0 where that takes no time. */
  readonly bytes: bigint;
  /** @param progress is told now and then how many bytes are done */
  readonly remove: (progress: (bytes: bigint) => void, signal: AbortSignal) => Promise<void>;
}

/** A removal that goes on, or waits. */
interface Running {
  end: Promise<void>;
  left: bigint;
}

/** What is still to be done. */
export interface PendingErase {
  readonly volumes: number;
  readonly bytes: bigint;
}

/**
 * Removes deleted volumes in the background, and tries again until it has
 * worked, so that nobody waits for memory that is overwritten.
 */
export class Eraser {
  readonly #options: EraserOptions;
  readonly #running = new Map<string, Running>();
  #free = atOnce;
  readonly #waiting: (() => void)[] = [];

  constructor(options: EraserOptions) {
    this.#options = options;
  }

  /** Volumes that are being erased, or wait for it. */
  get pending(): PendingErase {
    const all = [...this.#running.values()];
    return { volumes: all.length, bytes: all.reduce((sum, { left }) => sum + left, 0n) };
  }

  /** Begins to remove a volume unless that goes on already; ends when it is gone or the process stops. */
  begin(removal: Removal): Promise<void> {
    const { id, bytes } = removal;
    const known = this.#running.get(id);
    if (known !== undefined) return known.end;
    const running: Running = { end: Promise.resolve(), left: bytes };
    this.#running.set(id, running);
    running.end = this.#start(removal);
    return running.end;
  }

  async #start(removal: Removal): Promise<void> {
    const { signal, logger } = this.#options;
    const { id, bytes } = removal;
    try {
      // What takes no time does not wait for what does.
      await (bytes === 0n ? this.#untilDone(removal) : this.#turn(() => this.#untilDone(removal)));
    } finally {
      this.#running.delete(id);
      if (signal.aborted) logger.info('erasing goes on after the next start', { volume: id });
    }
  }

  async #untilDone(removal: Removal): Promise<void> {
    const { clock, logger, signal } = this.#options;
    const backoff = new Backoff({ initialMs: 1000, maxMs: 60_000 });
    while (!signal.aborted) {
      try {
        return await removal.remove(this.#progress(removal), signal);
      } catch (error) {
        if (signal.aborted) return;
        const fields = { volume: removal.id, error: errorMessage(error) };
        logger.warn('a deleted volume could not be removed yet', fields);
        await clock.sleep(backoff.next(), signal).catch(() => undefined);
      }
    }
  }

  /** Keeps what is left of a volume, and logs it at long intervals. */
  #progress({ id, bytes }: Removal): (done: bigint) => void {
    const { clock, logger } = this.#options;
    let told = clock.monotonic();
    return (done) => {
      const running = this.#running.get(id);
      if (running !== undefined) running.left = done < bytes ? bytes - done : 0n;
      if (bytes === 0n || clock.monotonic() - told < reportIntervalMs) return;
      told = clock.monotonic();
      const percent = Number((100n * done) / bytes);
      logger.info('a deleted volume is being overwritten', { volume: id, percent });
    };
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
