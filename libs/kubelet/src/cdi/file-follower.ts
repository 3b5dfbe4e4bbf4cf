import { errorMessage, Latest } from '@rackwright/core';
import { UnreadableError } from '@rackwright/host';
import { parseCdiSpec } from './file.ts';
import { type CdiPublisher, type CdiPublisherOptions, keepUpdated } from './publisher.ts';
import type { CdiSpec } from './spec.ts';

/**
 * Reads the CDI specification that another program left on the node, for
 * runtimes without CDI: its edits are copied into each answer to the kubelet.
 * While there is none, one is made up from the hardware, and not written.
 */
export class CdiFileFollower implements CdiPublisher {
  readonly name = 'cdi';
  readonly published = new Latest<CdiSpec | undefined>(undefined);
  readonly failure = new Latest<string | undefined>(undefined);
  readonly #options: CdiPublisherOptions;
  #text: string | undefined;

  constructor(options: CdiPublisherOptions) {
    this.#options = options;
  }

  start(signal: AbortSignal): Promise<void> {
    return keepUpdated(this, this.#options, signal);
  }

  /** Reads the file if it has changed. While it cannot be read, what it said before holds. */
  async update(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      if (error.message !== this.failure.value) this.#options.logger.error(error.message);
      this.failure.set(error.message);
      // Read it anew as soon as that is possible, though it may say the same.
      this.#text = undefined;
    }
  }

  async #read(): Promise<void> {
    const { file, build, logger } = this.#options;
    const text = await file.read();
    if (text === undefined) {
      this.#text = undefined;
      this.failure.set(undefined);
      this.published.set(build([]));
      return;
    }
    if (text === this.#text) return;
    this.#text = text;
    const spec = await parseCdiSpec(text);
    this.published.set(spec.ok ? spec.value : undefined);
    this.failure.set(spec.ok ? undefined : `${file.path}: ${errorMessage(spec.error)}`);
    if (!spec.ok) logger.error('cannot use the CDI specification', { error: this.failure.value });
  }
}
