import { isDeepStrictEqual } from 'node:util';
import { type Clock, Latest, type Logger, type Runnable, silentLogger } from '@rackwright/core';
import { formatFailures, type HostReader, type ReadFailure } from '@rackwright/host';
import type { CxiDevice } from './device.ts';
import { cxiDevices } from './devices.ts';
import { diffDevices } from './diff.ts';
import { FolderHints } from './hints.ts';
import { CxiProbe } from './probe.ts';
import { type CxiLook, SnapshotReader } from './snapshot-reader.ts';

/** Processor time a scan gets that did not end within its first budget, in milliseconds. */
const secondBudgetMs = 400;

export interface CxiScannerOptions {
  readonly files: HostReader;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** How often the cheap probe looks, in milliseconds; default 100. */
  readonly probeIntervalMs?: number;
  /** How often everything is read without a cause, in milliseconds; default 30 000. */
  readonly fullIntervalMs?: number;
  /** Time one look may take, in milliseconds; by default only its processor time is bounded. */
  readonly wallMs?: number;
}

type Settings = CxiScannerOptions & Required<Omit<CxiScannerOptions, 'wallMs'>>;

/** How soon what could not be read is tried again, in milliseconds. */
const retryMs = 1000;

/** Making a device node is several events within this many milliseconds. */
const hintDelayMs = 10;

/**
 * Keeps the newest devices of a host. sysfs tells nobody when an attribute
 * changes, so a cheap probe asks often and a full scan follows any difference.
 * With 8 NICs a probe costs 0.1 ms of processor time and a full scan 4 ms, so a
 * quiet host costs 0.1 % of one core (Node 24 on a 2-core virtual machine).
 * Modules of one process that need the NICs share one.
 * What cannot be read is not gone: it stays as it was last read and is named in
 * `outdated`.
 */
export class CxiScanner implements Runnable {
  readonly name = 'cxi-scanner';
  /** The devices as last scanned, in natural order; empty before the first scan. */
  readonly devices = new Latest<readonly CxiDevice[]>([], isDeepStrictEqual);
  /** True from the end of the first scan that could list the devices on; until then nothing is known. */
  readonly scanned = new Latest(false);
  /** What could not be read in the last scan, of which earlier knowledge or none stands in `devices`. */
  readonly outdated = new Latest<readonly ReadFailure[]>([], isDeepStrictEqual);
  /** Devices that are there, or may be, of which too little could ever be read for them to be in `devices`. */
  readonly unidentified = new Latest<readonly string[]>([], isDeepStrictEqual);
  readonly #options: Settings;
  readonly #reader: SnapshotReader;
  #probe: CxiProbe | undefined;
  #scannedAt = 0;
  #wake: () => void = () => undefined;

  constructor(options: CxiScannerOptions) {
    this.#options = { logger: silentLogger, probeIntervalMs: 100, fullIntervalMs: 30_000, ...options };
    this.#reader = new SnapshotReader({ ...options, secondBudgetMs });
  }

  /** Reads everything now and returns the devices. */
  rescan(): readonly CxiDevice[] {
    this.look();
    return this.devices.value;
  }

  /** Reads everything now. */
  look(): CxiLook {
    const { files, clock } = this.#options;
    this.#scannedAt = clock.monotonic();
    const look = this.#reader.look();
    this.#probe?.[Symbol.dispose]();
    this.#probe = new CxiProbe(files, look.known);
    this.#report(look.outdated);
    if (look.known === undefined) return look;
    const before = this.devices.value;
    const after = cxiDevices(look.known);
    this.unidentified.set(look.known.unidentified);
    if (this.devices.set(after)) this.#log(before, after);
    this.scanned.set(true);
    return look;
  }

  #report(failures: readonly ReadFailure[]): void {
    const { logger } = this.#options;
    const before = this.outdated.value;
    if (!this.outdated.set(failures)) return;
    if (failures.length === 0) logger.info('the host can be read again');
    else if (before.length === 0)
      logger.warn('the host cannot be read in full: what was last seen is kept', {
        unreadable: formatFailures(failures),
      });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, files, probeIntervalMs } = this.#options;
    using hints = new FolderHints(files, () => this.#wake());
    const stop = (): void => this.#wake();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!signal.aborted) {
        if (this.#due()) {
          this.rescan();
          hints.arm();
        }
        if (await this.#hinted(probeIntervalMs)) {
          await clock.sleep(hintDelayMs, signal).catch(() => undefined);
        }
      }
    } finally {
      signal.removeEventListener('abort', stop);
      this.#probe?.[Symbol.dispose]();
      this.#probe = undefined;
    }
  }

  #due(): boolean {
    const { clock, fullIntervalMs } = this.#options;
    if (this.#probe === undefined) return true;
    const intervalMs = this.outdated.value.length > 0 ? Math.min(retryMs, fullIntervalMs) : fullIntervalMs;
    return clock.monotonic() - this.#scannedAt >= intervalMs || this.#probe.changed();
  }

  /** Waits; true if a hint (or the end) cut it short. */
  async #hinted(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#wake = () => resolve(true);
    using _timer = this.#options.clock.timer(ms, () => resolve(false));
    return await promise;
  }

  #log(before: readonly CxiDevice[], after: readonly CxiDevice[]): void {
    const { logger } = this.#options;
    const { added, removed, changed } = diffDevices(before, after);
    for (const device of added) logger.info('device added', { device: device.name });
    for (const device of removed) logger.info('device removed', { device: device.name });
    for (const { after: device } of changed)
      logger.debug('device changed', { device: device.name, link: device.linkState });
  }
}
