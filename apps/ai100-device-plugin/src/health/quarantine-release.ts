import { clearQuarantine } from '@rackwright/hardware-nvme';
import type { HealthTracker } from './health-tracker.ts';

/**
 * Tries drives again that were given up, when people name them. A name counts
 * once: as long as it stays, a drive that fails again stays given up.
 */
export class QuarantineRelease {
  readonly #tracker: Pick<HealthTracker, 'change'>;
  #honoured: readonly string[] = [];

  constructor(tracker: Pick<HealthTracker, 'change'>) {
    this.#tracker = tracker;
  }

  /** @param named serial numbers that are named now */
  async look(named: readonly string[]): Promise<void> {
    const due = named.filter((serial) => !this.#honoured.includes(serial));
    this.#honoured = named;
    for (const serial of due) await this.#tracker.change(serial, clearQuarantine);
  }
}
