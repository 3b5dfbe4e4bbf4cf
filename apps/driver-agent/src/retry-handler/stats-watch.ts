import { type Clock, Latest, type Runnable } from '@rackwright/core';
import { RetryHandlerStatsReader, retryHandlerConfigPath } from '@rackwright/hardware-cxi';
import { type HostFiles, UnreadableError } from '@rackwright/host';

/** What a CXIDevice tells of its retry handler's counters. */
export interface HandlerStats {
  readonly timeouts?: number;
  readonly nacks?: number;
  /** Path of the configuration the handler runs with. */
  readonly configFile?: string;
}

export interface StatsWatchOptions {
  readonly files: HostFiles;
  readonly clock: Clock;
  /** Names of the physical functions. */
  readonly devices: () => readonly string[];
  readonly intervalMs: number;
  /** Longest wait for one file, in milliseconds; default 500. */
  readonly stallMs?: number;
}

/** Longest time for one look at all NICs, in milliseconds. */
const lookMs = 5000;

/** Mounts read, or hanging, at once: below the number of threads `main.ts` asks for. */
const atOnce = 12;

/** How many looks in a row the last answer of a mount stands for the one that did not come. */
const missedLooks = 4;

/** Follows some of the statistics of the node's retry handlers. */
export class StatsWatch implements Runnable {
  readonly name = 'retry-handler-stats';
  readonly stats = new Latest<ReadonlyMap<string, HandlerStats>>(new Map());
  readonly #options: StatsWatchOptions;
  readonly #reader: RetryHandlerStatsReader;
  /** How many looks in a row a NIC's mount did not answer. */
  #missed: ReadonlyMap<string, number> = new Map();

  constructor(options: StatsWatchOptions) {
    this.#options = options;
    const names = ['spt_timeouts', 'nacks', retryHandlerConfigPath];
    this.#reader = new RetryHandlerStatsReader({ ...options, names, atOnce });
  }

  /** How many reads never came back; each keeps a thread. */
  get stuck(): number {
    return this.#reader.stuck;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs } = this.#options;
    while (!signal.aborted) {
      await this.look();
      await clock.sleep(intervalMs, signal).catch(() => undefined);
    }
  }

  /** Reads all of them now. Of one that does not answer in time, or cannot be read, the last answer stays for some looks. */
  async look(): Promise<void> {
    const devices = this.#options.devices();
    const { values, errors } = await this.#reader.read(devices, lookMs);
    const all = new Map<string, HandlerStats>();
    const missed = new Map<string, number>();
    for (const device of devices) {
      const error = errors.get(device);
      const late = error?.code === 'DeadlineExceeded' || error instanceof UnreadableError;
      if (late) missed.set(device, (this.#missed.get(device) ?? 0) + 1);
      const kept = (missed.get(device) ?? 0) > missedLooks ? undefined : this.stats.value.get(device);
      const stats = late ? kept : handlerStats(values.get(device));
      if (stats !== undefined) all.set(device, stats);
    }
    this.#missed = missed;
    this.stats.set(all);
  }
}

function handlerStats(values: ReadonlyMap<string, string> | undefined): HandlerStats | undefined {
  const timeouts = countOf(values?.get('spt_timeouts'));
  const nacks = countOf(values?.get('nacks'));
  const configFile = values?.get(retryHandlerConfigPath);
  const stats = {
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(nacks === undefined ? {} : { nacks }),
    ...(configFile === undefined ? {} : { configFile }),
  };
  return Object.keys(stats).length === 0 ? undefined : stats;
}

function countOf(digits: string | undefined): number | undefined {
  const count = Number(digits);
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}
