import { errorMessage, type HwError, type Logger } from '@rackwright/core';
import { type HostReader, UnreadableError } from '@rackwright/host';
import {
  parseRetryHandlerState,
  type RetryHandlerEntry,
  type RetryHandlerState,
  retryHandlerStatePath,
} from './retry-handler-state.ts';

/**
 * What the retry-handler agent last said. `absent`: there is no file, as after
 * a reboot or without that agent. `unreadable`: there is one that makes no
 * sense, or it could never be read; `last` is what it said before, if it ever did.
 */
export type SeenRetryHandlers =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly error: HwError; readonly last?: RetryHandlerState }
  | { readonly kind: 'state'; readonly state: RetryHandlerState };

/** Reads the file in which the retry-handler agent of the node tells of its handlers. */
export class RetryHandlerStateReader {
  readonly #files: HostReader;
  readonly #logger: Logger | undefined;
  #text: string | undefined;
  #seen: SeenRetryHandlers = { kind: 'absent' };
  /** Whether the file, or that there is none, was ever seen. */
  #looked = false;
  #failure: UnreadableError | undefined;

  /** @param logger told once of each content that makes no sense, and of a file that cannot be read */
  constructor(files: HostReader, logger?: Logger) {
    this.#files = files;
    this.#logger = logger;
  }

  /** Why the last `read` could not read the file; undefined if it could, or there is none. */
  get failure(): HwError | undefined {
    return this.#failure;
  }

  /**
   * The newest state; the same object as long as the file says the same. While
   * the file cannot be read, what it said last.
   */
  read(): SeenRetryHandlers {
    const text = this.#readFile();
    if (this.#failure !== undefined)
      return this.#looked ? this.#seen : { kind: 'unreadable', error: this.#failure };
    this.#looked = true;
    if (text === this.#text) return this.#seen;
    this.#text = text;
    this.#seen = text === undefined ? { kind: 'absent' } : this.#parse(text, stateOf(this.#seen));
    return this.#seen;
  }

  #readFile(): string | undefined {
    try {
      const text = this.#files.readText(retryHandlerStatePath);
      this.#failure = undefined;
      return text;
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      if (this.#failure === undefined) this.#logger?.warn(error.message);
      this.#failure = error;
      return undefined;
    }
  }

  #parse(text: string, last: RetryHandlerState | undefined): SeenRetryHandlers {
    const parsed = parseRetryHandlerState(text);
    if (parsed.ok) return { kind: 'state', state: parsed.value };
    const { error } = parsed;
    this.#logger?.warn('the state of the retry handlers makes no sense', {
      file: retryHandlerStatePath,
      error: errorMessage(error),
    });
    return { kind: 'unreadable', error, ...(last && { last }) };
  }
}

/** The entries by device; while the file makes no sense those it had before, and none while nothing is known. */
export function entriesByDevice(seen: SeenRetryHandlers): ReadonlyMap<string, RetryHandlerEntry> {
  const { handlers = [] } = stateOf(seen) ?? {};
  return new Map(handlers.map((entry) => [entry.device, entry]));
}

function stateOf(seen: SeenRetryHandlers): RetryHandlerState | undefined {
  if (seen.kind === 'absent') return undefined;
  return seen.kind === 'state' ? seen.state : seen.last;
}
