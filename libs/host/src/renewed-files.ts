import { type Clock, errorMessage, Latest, type Logger, type Runnable } from '@rackwright/core';

/** Between two looks at the files, in milliseconds: a renewed Secret shows up in a pod within a minute anyway. */
const periodMs = 10_000;

export interface RenewedFilesOptions<T> {
  /** What the files hold, in log lines: `certificate`. */
  readonly name: string;
  /** Fails for what cannot be used. */
  readonly read: () => Promise<T>;
  readonly equal: (a: T, b: T) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * What stands in files that somebody renews, such as a mounted Secret. What
 * cannot be used is told of once, and the state before it goes on.
 */
export class RenewedFiles<T> implements Runnable {
  readonly name: string;
  readonly newest: Latest<T>;
  readonly #options: RenewedFilesOptions<T>;

  private constructor(options: RenewedFilesOptions<T>, first: T) {
    this.name = options.name;
    this.newest = new Latest(first, options.equal);
    this.#options = options;
  }

  /** @throws what the first reading fails with */
  static async open<T>(options: RenewedFilesOptions<T>): Promise<RenewedFiles<T>> {
    return new RenewedFiles(options, await options.read());
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const failure = new Latest<string | undefined>(undefined);
    while (!signal.aborted) {
      await clock.sleep(periodMs, signal).catch(() => undefined);
      if (!signal.aborted) await this.#look(failure);
    }
  }

  async #look(failure: Latest<string | undefined>): Promise<void> {
    const { name, read, logger } = this.#options;
    try {
      const changed = this.newest.set(await read());
      failure.set(undefined);
      if (changed) logger.info(`there is a new ${name}`);
    } catch (error) {
      if (failure.set(errorMessage(error)))
        logger.warn(`the ${name} cannot be used; the one before it goes on`, { error: failure.value });
    }
  }
}
