import { isDeepStrictEqual } from 'node:util';
import { type Clock, Latest, type Logger, type Runnable } from '@rackwright/core';
import { RetryHandlerStateReader, type SeenRetryHandlers } from '@rackwright/hardware-cxi';
import type { HostReader } from '@rackwright/host';

export interface StateWatchOptions {
  readonly files: HostReader;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 500 ms; one look costs some 30 µs. */
  readonly intervalMs?: number;
}

/** Follows the state file of the retry-handler agent by looking at it often. */
export class RetryHandlerStateWatch implements Runnable {
  readonly name = 'retry-handler-state';
  readonly seen = new Latest<SeenRetryHandlers>({ kind: 'absent' }, sameHandlers);
  readonly #options: StateWatchOptions;
  readonly #reader: RetryHandlerStateReader;

  constructor(options: StateWatchOptions) {
    this.#options = options;
    this.#reader = new RetryHandlerStateReader(options.files, options.logger);
  }

  /** Looks at the file now. */
  look(): void {
    this.seen.set(this.#reader.read());
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs = 500 } = this.#options;
    while (!signal.aborted) {
      this.look();
      await clock.sleep(intervalMs, signal).catch(() => undefined);
    }
  }
}

/** The time of writing alone is no news. */
function sameHandlers(a: SeenRetryHandlers, b: SeenRetryHandlers): boolean {
  if (a === b) return true;
  if (a.kind !== 'state' || b.kind !== 'state') return a.kind === b.kind;
  return a.state.onCrash === b.state.onCrash && isDeepStrictEqual(a.state.handlers, b.state.handlers);
}
