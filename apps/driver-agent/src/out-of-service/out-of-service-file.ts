import { Backoff, type Clock, errorMessage, Latest, type Logger, type Runnable } from '@rackwright/core';
import { formatOutOfService, OutOfServiceReader, outOfServicePath } from '@rackwright/hardware-cxi';
import { type HostReader, removeLeftovers, writeFileDurable } from '@rackwright/host';

export interface OutOfServiceFileOptions {
  readonly files: HostReader;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The file by which the other agents of the node learn which NICs are out of
 * service. Until the API server has told, what it said before counts: it
 * outlives this process, but not a reboot.
 */
export class OutOfServiceFile implements Runnable {
  readonly name = 'out-of-service';
  /** Names of the NICs out of service. */
  readonly devices: Latest<ReadonlySet<string>>;
  /** Why the other agents cannot be told, if so. */
  readonly failure = new Latest<string | undefined>(undefined);
  readonly #options: OutOfServiceFileOptions;
  readonly #reader: OutOfServiceReader;
  readonly #path: string;
  /** How often `set` was called. */
  readonly #told = new Latest(0);

  constructor(options: OutOfServiceFileOptions) {
    const { files, logger } = options;
    this.#options = options;
    this.#path = files.root.path(outOfServicePath);
    this.#reader = new OutOfServiceReader(files, logger);
    this.devices = new Latest(this.#reader.read(), sameNames);
  }

  /** The API server says that these NICs are out of service, and no others. */
  set(names: readonly string[]): void {
    this.devices.set(new Set(names));
    this.#told.set(this.#told.value + 1);
  }

  /** Writes what is not in the file yet, again until that succeeds. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const backoff = new Backoff({ initialMs: 500, maxMs: 15_000 });
    await removeLeftovers(this.#path).catch(() => undefined);
    for (let seen = 0; !signal.aborted; ) {
      await this.#told.until((told) => told !== seen, signal).catch(() => undefined);
      if (signal.aborted) return;
      const told = this.#told.value;
      if (await this.#write()) {
        seen = told;
        backoff.reset();
      } else await clock.sleep(backoff.next(), signal).catch(() => undefined);
    }
  }

  async #write(): Promise<boolean> {
    const { clock, logger } = this.#options;
    const wanted = this.devices.value;
    try {
      if (!sameNames(this.#reader.read(), wanted)) {
        const updatedAt = new Date(clock.now()).toISOString();
        const text = formatOutOfService({ version: 1, updatedAt, devices: [...wanted] });
        await writeFileDurable(this.#path, text);
        logger.info('NICs out of service', { devices: [...wanted] });
      }
      this.failure.set(undefined);
      return true;
    } catch (error) {
      const message = `cannot write ${outOfServicePath}: ${errorMessage(error)}`;
      if (message !== this.failure.value)
        logger.error('cannot tell which NICs are out of service', { error: message });
      this.failure.set(message);
      return false;
    }
  }
}

function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}
