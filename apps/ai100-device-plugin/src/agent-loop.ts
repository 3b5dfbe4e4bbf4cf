import { isDeepStrictEqual } from 'node:util';
import { type Clock, errorMessage, Latest, type Logger, type Runnable } from '@rackwright/core';
import { type DriveSelection, nvmeControllers, scanNvme, selectDrives } from '@rackwright/hardware-nvme';
import type { HostReader, ReadFailure } from '@rackwright/host';
import type { Settings } from './settings.ts';
import { type DriveVerdict, type Unit, unitsOf } from './units/units.ts';
import type { CacheVolume } from './units/volume.ts';
import type { AgentView } from './view.ts';

/** What the loop is made of. */
export interface AgentLoopOptions {
  readonly files: HostReader;
  readonly settings: Settings;
  readonly replicasPerDevice: number;
  /** Longest time between two looks. */
  readonly intervalMs: number;
  /** Brings the cache of the eligible drives where it should be. */
  readonly cache: (drives: readonly DriveSelection[], signal: AbortSignal) => Promise<readonly CacheVolume[]>;
  /** Judges every drive. */
  readonly health: (
    drives: readonly DriveSelection[],
    volumes: readonly CacheVolume[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, DriveVerdict>>;
  /** Told of each look once it is whole. */
  readonly tell: (view: AgentView, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Looks at the node again and again: drives, then the cache on them, then their health, then units. */
export class AgentLoop implements Runnable {
  readonly name = 'agent-loop';
  readonly view = new Latest<AgentView>({ drives: [], volumes: [], units: [] }, isDeepStrictEqual);
  readonly units = new Latest<readonly Unit[]>([], isDeepStrictEqual);
  /** Paths of the host that could not be read at the last look; drives seen before are kept. */
  readonly outdated = new Latest<readonly ReadFailure[]>([], isDeepStrictEqual);
  /** When the newest whole look was over, in milliseconds since the epoch. */
  readonly lookedAt = new Latest<number | undefined>(undefined);
  /** Whether a whole look was made: before, nothing is told of the node. */
  readonly looked = new Latest(false);
  readonly #options: AgentLoopOptions;
  readonly #wakes = new Latest(0);

  constructor(options: AgentLoopOptions) {
    this.#options = options;
  }

  /** Has the next look made at once. */
  wake(): void {
    this.#wakes.set(this.#wakes.value + 1);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    while (!signal.aborted) {
      const seen = this.#wakes.value;
      try {
        await this.#look(signal);
      } catch (error) {
        if (!signal.aborted) logger.error('look at the node failed', { error: errorMessage(error) });
      }
      await this.#rest(seen, signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { cache, health, replicasPerDevice } = this.#options;
    const drives = this.#drives();
    const volumes = await cache(drives, signal);
    const verdicts = await health(drives, volumes, signal);
    const units = unitsOf({ drives, volumes, verdicts, replicasPerDevice });
    this.#log(units);
    this.view.set({ drives, volumes, units });
    this.units.set(units);
    this.looked.set(true);
    this.lookedAt.set(this.#options.clock.now());
    await this.#options.tell(this.view.value, signal);
  }

  /** A host that cannot be read says nothing of its drives: those seen before stay. */
  #drives(): readonly DriveSelection[] {
    const { files, settings } = this.#options;
    const snapshot = scanNvme(files);
    this.outdated.set(snapshot.unread);
    if (snapshot.controllers.length === 0 && snapshot.unread.length > 0) return this.view.value.drives;
    return selectDrives(nvmeControllers(snapshot), settings.selection);
  }

  #log(units: readonly Unit[]): void {
    const { logger } = this.#options;
    const before = new Map(this.units.value.map((unit) => [unit.name, unit]));
    for (const { name, healthy, reason, message } of units) {
      if (before.get(name)?.reason === reason) continue;
      if (healthy) logger.info('unit healthy', { unit: name, reason });
      else logger.warn('unit unhealthy', { unit: name, reason, message });
    }
  }

  async #rest(seen: number, signal: AbortSignal): Promise<void> {
    const { clock, intervalMs } = this.#options;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    await Promise.race([
      clock.sleep(intervalMs, either).catch(() => undefined),
      this.#wakes.until((wakes) => wakes !== seen, either).catch(() => undefined),
    ]);
    over.abort();
  }
}
