import { type Clock, errorMessage } from '@rackwright/core';
import { retryHandlerCounters, retryHandlerGauges } from '@rackwright/hardware-cxi';
import type { HostFiles } from '@rackwright/host';
import { StatsMount } from './stats-mount.ts';

const statFiles: readonly string[] = [...retryHandlerCounters, ...retryHandlerGauges];

/** What the statistics of the retry handlers said, and which could not be read. */
export interface StatsReading {
  /** Values by file, by device; a device without a handler has none. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly errors: readonly string[];
}

/** Reads the statistics of every retry handler of a host at once. */
export class StatsSource {
  readonly #files: HostFiles;
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #mounts = new Map<string, StatsMount>();

  /** @param stallMs longest time for a single access to a mount */
  constructor(files: HostFiles, clock: Clock, stallMs: number) {
    this.#files = files;
    this.#clock = clock;
    this.#stallMs = stallMs;
  }

  /** How many mounts hold a thread that does not come back. */
  get stuck(): number {
    return [...this.#mounts.values()].filter((mount) => mount.stuck).length;
  }

  /**
   * One bad mount does not keep the values of the others back.
   *
   * @param deadlineMs time for all of them together
   */
  async read(devices: readonly string[], deadlineMs: number): Promise<StatsReading> {
    const deadline = new AbortController();
    using _timer = this.#clock.timer(deadlineMs, () => deadline.abort());
    const values = new Map<string, ReadonlyMap<string, string>>();
    const errors: string[] = [];
    const reads = [...this.#current(devices)].map(async ([device, mount]) => {
      try {
        values.set(device, await mount.read(statFiles, deadline.signal));
      } catch (error) {
        errors.push(errorMessage(error));
      }
    });
    await Promise.all(reads);
    return { values, errors: errors.sort() };
  }

  /** The mounts of the devices that have one; those of devices that are gone are dropped once they answer. */
  #current(devices: readonly string[]): ReadonlyMap<string, StatsMount> {
    // Only the folder of the mounts is looked at here: touching a mount itself may hang.
    const { root } = this.#files;
    const folder = this.#files.resolve(root.run('cxi'));
    const present = new Set(folder === undefined ? [] : this.#files.list(folder));
    const current = new Map<string, StatsMount>();
    for (const device of devices.filter((name) => present.has(name))) {
      const path = root.path(`${folder}/${device}`);
      current.set(device, this.#mounts.get(device) ?? new StatsMount(path, this.#clock, this.#stallMs));
    }
    for (const [device, mount] of this.#mounts) {
      if (!current.has(device) && !mount.stuck) this.#mounts.delete(device);
    }
    for (const [device, mount] of current) this.#mounts.set(device, mount);
    return current;
  }
}
