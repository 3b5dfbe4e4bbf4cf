import { type ChangeStep, needsPermit } from './steps.ts';

/** Asks the cluster for the right to make the cache anew now: it is given back when disposed; a text says why there is none. */
export type RebuildPermit = (signal: AbortSignal) => Promise<AsyncDisposable | string>;

/** The permit of one pass: asked for with the first step that needs it, given back with the pass. */
export class PassPermit implements AsyncDisposable {
  readonly #acquire: RebuildPermit;
  #permit: AsyncDisposable | undefined;

  constructor(acquire: RebuildPermit) {
    this.#acquire = acquire;
  }

  /** Why a step may not be done now; undefined if it may. */
  async refusal(step: ChangeStep, signal: AbortSignal): Promise<string | undefined> {
    if (!needsPermit(step) || this.#permit !== undefined) return undefined;
    const permit = await this.#acquire(signal);
    if (typeof permit === 'string') return permit;
    this.#permit = permit;
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#permit?.[Symbol.asyncDispose]();
  }
}
