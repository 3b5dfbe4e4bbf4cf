import { isDeepStrictEqual } from 'node:util';
import { type Clock, errorMessage, Latest, type Logger, type Runnable } from '@rackwright/core';
import {
  parseRetryHandlerState,
  type RetryHandlerState,
  retryHandlerStatePath,
} from '@rackwright/hardware-cxi';
import type { HostReader } from '@rackwright/host';

/**
 * What the retry-handler agent last said. `absent`: there is no file, as after
 * a reboot or without that agent. `unreadable`: there is one and it makes no
 * sense, so nothing is known.
 */
export type SeenRetryHandlers =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'state'; readonly state: RetryHandlerState };

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
  #text: string | undefined;

  constructor(options: StateWatchOptions) {
    this.#options = options;
  }

  /** Looks at the file now. */
  look(): void {
    const { files, logger } = this.#options;
    const text = files.readText(retryHandlerStatePath);
    if (text === this.#text) return;
    this.#text = text;
    if (text === undefined) {
      this.seen.set({ kind: 'absent' });
      return;
    }
    const parsed = parseRetryHandlerState(text);
    if (!parsed.ok) logger.warn('retry handler state makes no sense', { error: errorMessage(parsed.error) });
    this.seen.set(parsed.ok ? { kind: 'state', state: parsed.value } : { kind: 'unreadable' });
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
  if (a.kind !== 'state' || b.kind !== 'state') return a.kind === b.kind;
  return a.state.onCrash === b.state.onCrash && isDeepStrictEqual(a.state.handlers, b.state.handlers);
}
