import { type Clock, errorMessage, type Logger } from '@rackwright/core';
import {
  formatRetryHandlerState,
  type RetryHandlerState,
  RetryHandlerStateReader,
  retryHandlerStatePath,
} from '@rackwright/hardware-cxi';
import { type HostReader, removeLeftovers, writeFileDurable } from '@rackwright/host';

export interface StateFileParts {
  readonly files: HostReader;
  /** The boot we run in; undefined where the kernel does not say. */
  readonly bootId: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The file by which the other agents of the node, and a later supervisor, learn about the handlers. */
export class StateFile {
  readonly #parts: StateFileParts;
  readonly #path: string;
  #written = '';
  #problem: string | undefined;

  constructor(parts: StateFileParts) {
    this.#parts = parts;
    this.#path = parts.files.root.path(retryHandlerStatePath);
  }

  /** Why the newest state could not be written; undefined if it was. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * What an earlier supervisor left; no handlers if there is nothing, nothing that
   * makes sense, or only what was true before a reboot, which is acknowledged by
   * that. Mostly /run is empty then, but not on every host.
   *
   * @throws UnreadableError if there may be something, and it cannot be read
   */
  async read(): Promise<RetryHandlerState['handlers']> {
    await removeLeftovers(this.#path);
    const { files, logger, bootId } = this.#parts;
    const reader = new RetryHandlerStateReader(files, logger);
    const seen = reader.read();
    if (reader.failure !== undefined) throw reader.failure;
    if (seen.kind !== 'state') return [];
    const { state } = seen;
    if (state.bootId === undefined || bootId === undefined || state.bootId === bootId) return state.handlers;
    logger.info('the node was rebooted: what was known of its retry handlers is over', { bootId });
    return [];
  }

  /** Writes the state durably if it differs from what was written last; a failure is kept as `problem`. */
  async save(state: Pick<RetryHandlerState, 'onCrash' | 'handlers'>): Promise<void> {
    const content = JSON.stringify(state);
    if (content === this.#written) return;
    const { clock, bootId } = this.#parts;
    const written = {
      updatedAt: new Date(clock.now()).toISOString(),
      ...(bootId !== undefined && { bootId }),
    };
    try {
      await writeFileDurable(this.#path, formatRetryHandlerState({ version: 1, ...written, ...state }));
      this.#written = content;
      this.#problem = undefined;
    } catch (error) {
      if (this.#problem === undefined) this.#parts.logger.error('cannot write the state', { error });
      this.#problem = errorMessage(error);
    }
  }
}
