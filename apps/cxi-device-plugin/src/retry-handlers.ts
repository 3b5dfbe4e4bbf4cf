import { errorMessage, type Logger } from '@rackwright/core';
import {
  parseRetryHandlerState,
  type RetryHandlerEntry,
  retryHandlerStatePath,
} from '@rackwright/hardware-cxi';
import type { HostFiles } from '@rackwright/host';

/** Reads what the retry-handler agent of this node last wrote; nothing while it does not run. */
export class RetryHandlers {
  readonly #files: HostFiles;
  readonly #logger: Logger;
  #text: string | undefined;
  #entries: ReadonlyMap<string, RetryHandlerEntry> = new Map();

  constructor(files: HostFiles, logger: Logger) {
    this.#files = files;
    this.#logger = logger;
  }

  /** The newest entries by device; those of the last good file while a file is broken. */
  read(): ReadonlyMap<string, RetryHandlerEntry> {
    const text = this.#files.readText(retryHandlerStatePath);
    if (text === this.#text) return this.#entries;
    this.#text = text;
    const state = text === undefined ? undefined : parseRetryHandlerState(text);
    if (state?.ok === false) {
      this.#logger.warn('cannot read the retry handlers', { error: errorMessage(state.error) });
    } else {
      this.#entries = new Map((state?.value.handlers ?? []).map((entry) => [entry.device, entry]));
    }
    return this.#entries;
  }
}
