import { type Clock, errorMessage, Latest, type Logger, type Runnable } from '@rackwright/core';
import { type CdiFile, type CdiSpec, parseCdiSpec } from '@rackwright/kubelet';
import type { Nic } from './model.ts';

/** What somebody else's CDI specification is followed with. */
export interface CdiFollowerOptions {
  readonly file: CdiFile;
  /** Makes a specification from what the host holds now, for when there is no file. */
  readonly build: (env: readonly string[]) => CdiSpec | undefined;
  /** Whose changes call for another look at once. */
  readonly changes: Latest<readonly Nic[]>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often the file is looked at, in milliseconds. */
const beatMs = 10_000;

/**
 * Reads the CDI specification that `cxi-cdi-generator` left on the node, for
 * runtimes without CDI: its edits are copied into each answer to the kubelet.
 * While there is none, one is made up from the hardware, and not written.
 */
export class CdiFollower implements Runnable {
  readonly name = 'cdi';
  readonly published = new Latest<CdiSpec | undefined>(undefined);
  readonly #options: CdiFollowerOptions;
  #failure: string | undefined;
  #text: string | undefined;

  constructor(options: CdiFollowerOptions) {
    this.#options = options;
  }

  /** Why the file cannot be used, if so. */
  get failure(): string | undefined {
    return this.#failure;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, changes } = this.#options;
    using _changes = changes.subscribe(() => void this.update());
    while (!signal.aborted) {
      await this.update();
      await clock.sleep(beatMs, signal).catch(() => undefined);
    }
  }

  /** Reads the file if it has changed. */
  async update(): Promise<void> {
    const { file, build, logger } = this.#options;
    const text = await file.read();
    if (text === undefined) {
      this.#text = undefined;
      this.#failure = undefined;
      this.published.set(build([]));
      return;
    }
    if (text === this.#text) return;
    this.#text = text;
    const spec = await parseCdiSpec(text);
    this.published.set(spec.ok ? spec.value : undefined);
    this.#failure = spec.ok ? undefined : `${file.path}: ${errorMessage(spec.error)}`;
    if (!spec.ok) logger.error('cannot use the CDI specification', { error: this.#failure });
  }
}
