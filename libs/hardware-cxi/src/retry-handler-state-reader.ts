import { errorMessage, type HwError, type Logger } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import {
  parseRetryHandlerState,
  type RetryHandlerEntry,
  type RetryHandlerState,
  retryHandlerStatePath,
} from './retry-handler-state.ts';

/**
 * What the retry-handler agent last said. `absent`: there is no file, as after
 * a reboot or without that agent. `unreadable`: there is one and it makes no
 * sense, so nothing is known.
 */
export type SeenRetryHandlers =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly error: HwError }
  | { readonly kind: 'state'; readonly state: RetryHandlerState };

/** Reads the file in which the retry-handler agent of the node tells of its handlers. */
export class RetryHandlerStateReader {
  readonly #files: HostReader;
  readonly #logger: Logger | undefined;
  #text: string | undefined;
  #seen: SeenRetryHandlers = { kind: 'absent' };

  /** @param logger told once of each content that makes no sense */
  constructor(files: HostReader, logger?: Logger) {
    this.#files = files;
    this.#logger = logger;
  }

  /** The newest state; the same object as long as the file says the same. */
  read(): SeenRetryHandlers {
    const text = this.#files.readText(retryHandlerStatePath);
    if (text === this.#text) return this.#seen;
    this.#text = text;
    this.#seen = text === undefined ? { kind: 'absent' } : this.#parse(text);
    return this.#seen;
  }

  #parse(text: string): SeenRetryHandlers {
    const parsed = parseRetryHandlerState(text);
    if (parsed.ok) return { kind: 'state', state: parsed.value };
    const { error } = parsed;
    this.#logger?.warn('the state of the retry handlers makes no sense', {
      file: retryHandlerStatePath,
      error: errorMessage(error),
    });
    return { kind: 'unreadable', error };
  }
}

/** The entries by device; none while nothing is known. */
export function entriesByDevice(seen: SeenRetryHandlers): ReadonlyMap<string, RetryHandlerEntry> {
  const handlers = seen.kind === 'state' ? seen.state.handlers : [];
  return new Map(handlers.map((entry) => [entry.device, entry]));
}
