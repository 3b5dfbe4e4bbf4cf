import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Clock, Latest, type Runnable } from '@rackwright/core';
import { retryHandlerStatsFolder } from '@rackwright/hardware-cxi';
import type { HostRoot } from '@rackwright/host';

/** What a CXIDevice tells of its retry handler's counters. */
export interface HandlerStats {
  readonly timeouts?: number;
  readonly nacks?: number;
  /** Path of the configuration the handler runs with. */
  readonly configFile?: string;
}

export interface StatsReaderOptions {
  readonly root: HostRoot;
  readonly clock: Clock;
  /** Names of the physical functions. */
  readonly devices: () => readonly string[];
  readonly intervalMs: number;
  /** Longest wait for the files of one NIC, in milliseconds; default 500. */
  readonly deadlineMs?: number;
}

/** A read that hangs keeps one of Node's four I/O threads. */
const MAX_HANGING = 2;
/** Every file of the mount says one short value. */
const MAX_BYTES = 1024;

/**
 * Reads some of the statistics that retry handlers mount at /run/cxi/cxiN. The
 * mount answers only while its handler does, so nothing here is synchronous: a
 * read that hangs is left behind, and its NIC is not asked again until it ends.
 */
export class StatsReader implements Runnable {
  readonly name = 'retry-handler-stats';
  readonly stats = new Latest<ReadonlyMap<string, HandlerStats>>(new Map());
  readonly #options: Required<StatsReaderOptions>;
  readonly #hanging = new Set<string>();

  constructor(options: StatsReaderOptions) {
    this.#options = { deadlineMs: 500, ...options };
  }

  /** How many NICs have a read under way that did not come back in time, or not yet. */
  get hanging(): number {
    return this.#hanging.size;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs } = this.#options;
    while (!signal.aborted) {
      await this.read();
      await clock.sleep(intervalMs, signal).catch(() => undefined);
    }
  }

  /** Reads the NICs one after the other. Of one that does not answer in time the last answer stays. */
  async read(): Promise<void> {
    const all = new Map<string, HandlerStats>();
    for (const device of this.#options.devices()) {
      const answer = await this.#readInTime(device);
      const stats = answer === 'late' ? this.stats.value.get(device) : answer;
      if (stats !== undefined) all.set(device, stats);
    }
    this.stats.set(all);
  }

  async #readInTime(device: string): Promise<HandlerStats | undefined | 'late'> {
    if (this.#hanging.has(device) || this.#hanging.size >= MAX_HANGING) return 'late';
    const { clock, deadlineMs } = this.#options;
    const late = Promise.withResolvers<'late'>();
    using _ = clock.timer(deadlineMs, () => late.resolve('late'));
    const files = this.#readFiles(device).finally(() => this.#hanging.delete(device));
    this.#hanging.add(device);
    return await Promise.race([files, late.promise]);
  }

  async #readFiles(device: string): Promise<HandlerStats | undefined> {
    const folder = this.#options.root.path(retryHandlerStatsFolder(device));
    const timeouts = readCount(await readShort(`${folder}/spt_timeouts`));
    const nacks = readCount(await readShort(`${folder}/nacks`));
    const configFile = (await readShort(`${folder}/config/config_file_path`))?.trim();
    const stats = {
      ...(timeouts === undefined ? {} : { timeouts }),
      ...(nacks === undefined ? {} : { nacks }),
      ...(configFile === undefined || configFile === '' ? {} : { configFile }),
    };
    return Object.keys(stats).length === 0 ? undefined : stats;
  }
}

async function readShort(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return undefined;
  }
}

function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}
