import { Backoff, type Clock, errorMessage } from '@rackwright/core';
import type { NdRegion } from '@rackwright/hardware-pmem';
import { type GroupPreparation, prepareGroups } from './prepare-groups.ts';

export interface RegionGroupsOptions extends GroupPreparation {
  readonly clock: Clock;
}

/** Between tries, in milliseconds: what fails is mostly a program that somebody has to install, or memory that others hold. */
const waits = { initialMs: 5000, maxMs: 300_000 };

/** The volume groups of all regions. Regions that fail are tried again in the background until all have theirs. */
export class RegionGroups {
  readonly #options: RegionGroupsOptions;
  #failures: ReadonlyMap<string, unknown> = new Map();

  constructor(options: RegionGroupsOptions) {
    this.#options = options;
  }

  /** Why no more volumes can be made in a region, by the names of regions. */
  get failures(): ReadonlyMap<string, unknown> {
    return this.#failures;
  }

  /** Makes the groups once; those that fail go on being tried until the signal ends. */
  async prepare(regions: readonly NdRegion[], signal: AbortSignal): Promise<void> {
    this.#failures = await prepareGroups(regions, this.#options, signal);
    if (this.#failures.size > 0) void this.#untilPrepared(signal);
  }

  async #untilPrepared(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    const backoff = new Backoff(waits);
    while (this.#failures.size > 0) {
      const isOver = await clock.sleep(backoff.next(), signal).then(
        () => false,
        () => true,
      );
      if (isOver) return;
      await this.#tryAgain(signal).catch((error: unknown) => {
        if (!signal.aborted) logger.warn('regions cannot be looked at', { error: errorMessage(error) });
      });
    }
  }

  /** A region that is no longer there needs no group. */
  async #tryAgain(signal: AbortSignal): Promise<void> {
    const { ndctl, logger } = this.#options;
    const regions = (await ndctl.list(signal)).filter(({ name }) => this.#failures.has(name));
    const failures = await prepareGroups(regions, this.#options, signal);
    for (const { name } of regions)
      if (!failures.has(name)) logger.info('volumes can be made in a region again', { region: name });
    this.#failures = failures;
  }
}
