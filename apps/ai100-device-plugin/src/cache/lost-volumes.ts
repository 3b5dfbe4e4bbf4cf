import type { Clock } from '@rackwright/core';
import type { CachePermission } from './settings.ts';
import type { CacheState } from './state.ts';

/** Knows since when volumes are lost while no container has a unit, as long as this process has seen it so. */
export class LostVolumes {
  readonly #clock: Clock;
  readonly #since = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** By uuid of the volume; nothing while a container has a unit, or nobody knows. */
  idleMs({ allocatedUnits }: CachePermission): Map<string, number> {
    if (allocatedUnits !== 0) this.#since.clear();
    const now = this.#clock.monotonic();
    return new Map([...this.#since].map(([lvUuid, since]) => [lvUuid, now - since]));
  }

  /** Keeps what a look found. */
  note({ volumes }: CacheState, { allocatedUnits }: CachePermission): void {
    const lost = volumes.flatMap(({ state, lvUuid }) =>
      (state === 'Lost' || state === 'Rebuilding') && lvUuid !== undefined ? lvUuid : [],
    );
    for (const lvUuid of this.#since.keys()) if (!lost.includes(lvUuid)) this.#since.delete(lvUuid);
    if (allocatedUnits !== 0) return;
    for (const lvUuid of lost) if (!this.#since.has(lvUuid)) this.#since.set(lvUuid, this.#clock.monotonic());
  }
}
