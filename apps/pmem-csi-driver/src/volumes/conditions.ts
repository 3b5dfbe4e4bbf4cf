import type { Logger } from '@rackwright/core';

/**
 * Volumes with which something is wrong, as it was found the last time somebody asked
 * how they are. Kubelets ask once a minute, and most throw the answer away (feature gate
 * CSIVolumeHealth), so it is kept for metrics, and logged when it changes.
 */
export class VolumeConditions {
  readonly #problems = new Map<string, string>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Ids of volumes that are not well. */
  get abnormal(): readonly string[] {
    return [...this.#problems.keys()];
  }

  /** @param problem undefined where nothing is wrong */
  note(volume: string, problem: string | undefined): void {
    const before = this.#problems.get(volume);
    if (before === problem) return;
    if (problem === undefined) {
      this.#problems.delete(volume);
      this.#logger.info('a volume is well again', { volume });
    } else {
      this.#problems.set(volume, problem);
      this.#logger.warn('something is wrong with a volume', { volume, problem });
    }
  }

  /** Nobody asks any more how a volume is that no pod has. */
  forget(volume: string): void {
    this.#problems.delete(volume);
  }
}
