import { readFile } from 'node:fs/promises';
import type { Clock } from '@rackwright/core';
import { retryHandlerCounters, retryHandlerGauges, retryHandlerStatsFolder } from '@rackwright/hardware-cxi';
import type { HostRoot } from '@rackwright/host';

/** Values by file name. */
export type HandlerStats = Readonly<Record<string, number>>;

/** A reader that hangs takes one of Node's four I/O threads; these must never run out. */
const MAX_HANGING = 2;

export interface StatsReaderOptions {
  readonly root: HostRoot;
  readonly clock: Clock;
  /** Longest wait for all files of one NIC, in milliseconds; default 500. */
  readonly deadlineMs?: number;
}

/**
 * Reads the statistics handlers mount at /run/cxi/cxiN. The mount answers only
 * while the handler does: a read that hangs is left behind, and its NIC is not
 * asked again until it comes back.
 */
export class StatsReader {
  readonly #options: Required<StatsReaderOptions>;
  readonly #pending = new Map<string, Promise<HandlerStats | undefined>>();

  constructor(options: StatsReaderOptions) {
    this.#options = { deadlineMs: 500, ...options };
  }

  /** The statistics of several NICs, one after the other, so that few reads are under way at once. */
  async readAll(devices: readonly string[]): Promise<ReadonlyMap<string, HandlerStats>> {
    const all = new Map<string, HandlerStats>();
    for (const device of devices) {
      const stats = await this.read(device);
      if (stats !== undefined) all.set(device, stats);
    }
    return all;
  }

  /** The statistics of a NIC; undefined if there are none, or none in time. */
  async read(device: string): Promise<HandlerStats | undefined> {
    const files = this.#pending.get(device) ?? this.#begin(device);
    const { clock, deadlineMs } = this.#options;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    using _timer = clock.timer(deadlineMs, () => resolve(undefined));
    return await Promise.race([files, promise]);
  }

  #begin(device: string): Promise<HandlerStats | undefined> {
    if (this.#pending.size >= MAX_HANGING) return Promise.resolve(undefined);
    const files = this.#files(device).finally(() => this.#pending.delete(device));
    this.#pending.set(device, files);
    return files;
  }

  async #files(device: string): Promise<HandlerStats | undefined> {
    const folder = this.#options.root.path(retryHandlerStatsFolder(device));
    const stats: Record<string, number> = {};
    for (const name of [...retryHandlerCounters, ...retryHandlerGauges]) {
      const text = await readFile(`${folder}/${name}`, 'utf8').catch(() => '');
      if (/^-?\d{1,15}\s*$/.test(text)) stats[name] = Number(text);
    }
    return Object.keys(stats).length === 0 ? undefined : stats;
  }
}
