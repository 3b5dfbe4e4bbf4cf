import { type Clock, errorMessage, type Logger } from '@rackwright/core';
import type { SourceName, SourceOutcome } from './collection.ts';

/** Reads a source; what it reports does not keep it from returning what it has. */
export type SourceWork<T> = (report: (error: string) => void) => T | Promise<T>;

/** Runs the reading of sources: times it, counts failures and tells of them without repeating itself. */
export class SourceLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #errors = new Map<SourceName, number>();
  readonly #failing = new Map<SourceName, string>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Failures of each source so far. */
  get errors(): ReadonlyMap<SourceName, number> {
    return new Map(this.#errors);
  }

  /** Runs `work`; its value, or `otherwise` if it throws, and how it went. */
  async run<T>(
    source: SourceName,
    otherwise: T,
    work: SourceWork<T>,
  ): Promise<{ readonly value: T; readonly outcome: SourceOutcome }> {
    const start = this.#clock.monotonic();
    const problems: string[] = [];
    let value = otherwise;
    try {
      value = await work((error) => problems.push(error));
    } catch (error) {
      problems.push(errorMessage(error));
    }
    const seconds = (this.#clock.monotonic() - start) / 1000;
    const error = problems.length === 0 ? undefined : problems.join('; ');
    this.#note(source, error);
    return { value, outcome: { source, seconds, ...(error !== undefined && { error }) } };
  }

  #note(source: SourceName, error: string | undefined): void {
    const before = this.#failing.get(source);
    if (error === undefined) {
      if (this.#failing.delete(source)) this.#logger.info('source can be read again', { source });
      return;
    }
    this.#errors.set(source, (this.#errors.get(source) ?? 0) + 1);
    this.#failing.set(source, error);
    if (error !== before) this.#logger.warn('source cannot be read', { source, error });
  }
}
