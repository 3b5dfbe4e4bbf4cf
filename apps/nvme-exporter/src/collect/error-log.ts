import type { Logger } from '@rackwright/core';
import { type ErrorCount, type ErrorSource, errorSources } from './collection.ts';

/** Counts failures and tells of each once, until it is over. */
export class ErrorLog {
  readonly #logger: Logger;
  readonly #counts = new Map<string, ErrorCount>();
  readonly #failing = new Map<string, string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Notes how an attempt ended; without a message, well. */
  note(device: string, source: ErrorSource, message: string | undefined): void {
    const key = `${device} ${source}`;
    const before = this.#failing.get(key);
    if (message === undefined) {
      if (this.#failing.delete(key)) this.#logger.info('can be read again', { device, source });
      return;
    }
    this.#counts.set(key, { device, source, count: (this.#counts.get(key)?.count ?? 0) + 1 });
    this.#failing.set(key, message);
    if (message !== before) this.#logger.warn('cannot be read', { device, source, error: message });
  }

  /** Counts of the named drives, zeros too, and of what is no drive's. Those of drives that are gone are forgotten. */
  counts(devices: readonly string[]): ErrorCount[] {
    const known = new Set(['', ...devices]);
    for (const [key, { device }] of this.#counts) {
      if (known.has(device)) continue;
      this.#counts.delete(key);
      this.#failing.delete(key);
    }
    return [...known].flatMap((device) =>
      errorSources
        .filter((source) => isToBeExpected(device, source) || this.#counts.has(`${device} ${source}`))
        .map((source) => this.#counts.get(`${device} ${source}`) ?? { device, source, count: 0 }),
    );
  }
}

/** Failures that are told of with a zero, so that the first one is seen as an increase. */
function isToBeExpected(device: string, source: ErrorSource): boolean {
  return (device === '') === (source === 'lvm' || source === 'mount');
}
