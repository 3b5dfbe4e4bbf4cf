import { type Clock, HwError, Mutex } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import { RetryHandlerMount } from './retry-handler-mount.ts';
import { retryHandlerCounters, retryHandlerGauges } from './retry-handler-stats.ts';

/** What the statistics of the retry handlers said, and which could not be read. */
export interface RetryHandlerReading {
  /** Values by file, by device; a device without a handler has none. */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** By device; `Unavailable` if it cannot be read, `DeadlineExceeded` if its handler did not answer in time, now or in an earlier reading. */
  readonly errors: ReadonlyMap<string, HwError>;
}

export interface RetryHandlerStatsOptions {
  readonly files: HostReader;
  readonly clock: Clock;
  /** Longest time for a single access to a mount, in milliseconds; default 500. */
  readonly stallMs?: number;
  /** Which files are read; default all counters and gauges. */
  readonly names?: readonly string[];
  /**
   * Most accesses under way at once, those that hang included: each takes one
   * of the threads of Node's pool, of which there are four unless
   * UV_THREADPOOL_SIZE says otherwise. Default 2.
   */
  readonly atOnce?: number;
}

type Named = readonly [device: string, mount: RetryHandlerMount];

/**
 * Reads the statistics that retry handlers mount at /run/cxi/cxiN. A mount
 * answers only while its handler does: a read that hangs is left behind, and
 * its mount is not touched again until it comes back.
 */
export class RetryHandlerStatsReader {
  readonly #options: Required<RetryHandlerStatsOptions>;
  readonly #mounts = new Map<string, RetryHandlerMount>();
  readonly #turn = new Mutex();

  constructor(options: RetryHandlerStatsOptions) {
    const names = [...retryHandlerCounters, ...retryHandlerGauges];
    this.#options = { stallMs: 500, atOnce: 2, names, ...options };
  }

  /** How many mounts hold a thread that does not come back. */
  get stuck(): number {
    return [...this.#mounts.values()].filter((mount) => mount.stuck).length;
  }

  /**
   * One bad mount does not keep the values of the others back. Whoever asks
   * while a reading is under way waits for its end.
   *
   * @param deadlineMs time for all of them together
   */
  async read(devices: readonly string[], deadlineMs: number): Promise<RetryHandlerReading> {
    return await this.#turn.run(async () => {
      const deadline = new AbortController();
      using _timer = this.#options.clock.timer(deadlineMs, () => deadline.abort());
      try {
        return await this.#readAll([...this.#current(devices)], deadline.signal);
      } catch (error) {
        const failure = asHwError(error);
        return { values: new Map(), errors: new Map(devices.map((device) => [device, failure])) };
      }
    });
  }

  async #readAll(mounts: readonly Named[], signal: AbortSignal): Promise<RetryHandlerReading> {
    const values = new Map<string, ReadonlyMap<string, string>>();
    const errors = new Map<string, HwError>();
    const hanging = mounts.filter(([, mount]) => mount.stuck);
    const queue = mounts.filter(([, mount]) => !mount.stuck);
    const readOne = async ([device, mount]: Named): Promise<void> => {
      try {
        values.set(device, await mount.read(this.#options.names, signal));
      } catch (error) {
        errors.set(device, asHwError(error));
      }
    };
    const readQueue = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await readOne(next);
        // Its thread is not to be had for another.
        if (next[1].stuck) return;
      }
    };
    const threads = Array.from({ length: this.#options.atOnce - this.stuck }, readQueue);
    await Promise.all([...hanging.map(readOne), ...threads]);
    for (const [device] of queue) errors.set(device, tooMany(device));
    return { values, errors };
  }

  /** The mounts of the devices that have one; those of devices that are gone are dropped once they answer. */
  #current(devices: readonly string[]): ReadonlyMap<string, RetryHandlerMount> {
    const { files, clock, stallMs } = this.#options;
    // Only the folder of the mounts is looked at here: touching a mount itself may hang.
    const { root } = files;
    const folder = files.resolve(root.run('cxi'));
    const present = new Set(folder === undefined ? [] : files.list(folder));
    const current = new Map<string, RetryHandlerMount>();
    for (const device of devices.filter((name) => present.has(name))) {
      const path = root.path(`${folder}/${device}`);
      current.set(device, this.#mounts.get(device) ?? new RetryHandlerMount(path, clock, stallMs));
    }
    for (const [device, mount] of this.#mounts) {
      if (!current.has(device) && !mount.stuck) this.#mounts.delete(device);
    }
    for (const [device, mount] of current) this.#mounts.set(device, mount);
    return current;
  }
}

function tooMany(device: string): HwError {
  return new HwError('DeadlineExceeded', `${device}: not read while so many other reads hang`);
}

function asHwError(error: unknown): HwError {
  return error instanceof HwError
    ? error
    : new HwError('Internal', 'reading statistics failed', { cause: error });
}
