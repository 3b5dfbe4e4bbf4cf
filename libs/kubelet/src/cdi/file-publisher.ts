import { errorMessage, Latest } from '@rackwright/core';
import { UnreadableError } from '@rackwright/host';
import { type CdiFileChange, formatCdiSpec, parseCdiSpec } from './file.ts';
import { type CdiPublisher, type CdiPublisherOptions, keepUpdated } from './publisher.ts';
import type { CdiSpec } from './spec.ts';

/** What a CDI specification file is published with. */
export interface CdiFilePublisherOptions extends CdiPublisherOptions {
  /** Kind of the specification; a file of another kind is not ours. */
  readonly kind: string;
  readonly onUpdate: (result: Exclude<CdiFileChange, 'unchanged'> | 'failed') => void;
}

/**
 * Keeps the CDI specification of the node in step with its hardware.
 * An environment list that somebody put into the file stays in it. The file
 * outlives the plugin, for the runtime needs it to restart containers.
 */
export class CdiFilePublisher implements CdiPublisher {
  readonly name = 'cdi';
  readonly published = new Latest<CdiSpec | undefined>(undefined);
  readonly failure = new Latest<string | undefined>(undefined);
  readonly #options: CdiFilePublisherOptions;
  #text: string | undefined;
  #env: readonly string[] = [];

  constructor(options: CdiFilePublisherOptions) {
    this.#options = options;
  }

  start(signal: AbortSignal): Promise<void> {
    return keepUpdated(this, this.#options, signal);
  }

  /** Brings the file up to date; `failure` says why it could not. */
  async update(): Promise<void> {
    const { file, build, logger, onUpdate } = this.#options;
    try {
      const spec = build(await this.#keptEnv());
      const change = await file.update(spec);
      this.#text = spec && formatCdiSpec(spec);
      this.published.set(spec);
      this.failure.set(undefined);
      if (change === 'unchanged') return;
      logger.info(`CDI specification ${change}`, { path: file.path, devices: spec?.devices.length ?? 0 });
      onUpdate(change);
    } catch (error) {
      const message = errorMessage(error);
      if (message !== this.failure.value)
        logger.error('cannot keep the CDI specification', { error: message });
      this.failure.set(message);
      // What could not be looked at is as it was.
      if (!(error instanceof UnreadableError)) this.published.set(await this.#stillSaid());
      onUpdate('failed');
    }
  }

  /** What the runtime reads after all: the file is replaced whole or not at all. */
  async #stillSaid(): Promise<CdiSpec | undefined> {
    try {
      const text = await this.#options.file.read();
      const spec = text === undefined ? undefined : await parseCdiSpec(text);
      return spec?.ok && spec.value.kind === this.#options.kind ? spec.value : undefined;
    } catch {
      return this.published.value;
    }
  }

  /** The environment list of the file that is there, read only when somebody has changed it. */
  async #keptEnv(): Promise<readonly string[]> {
    const text = await this.#options.file.read();
    if (text === undefined || text === this.#text) return this.#env;
    this.#text = text;
    const spec = await parseCdiSpec(text);
    if (spec.ok && spec.value.kind === this.#options.kind) this.#env = spec.value.containerEdits?.env ?? [];
    else
      this.#options.logger.warn('replacing a CDI specification that is not ours', {
        path: this.#options.file.path,
      });
    return this.#env;
  }
}
