import { isDeepStrictEqual } from 'node:util';
import { type Clock, Latest, type Logger, type Runnable, silentLogger } from '@rackwright/core';
import type { HostFiles } from '@rackwright/host';
import type { CxiDevice } from './device.ts';
import { cxiDevices } from './devices.ts';
import { diffDevices } from './diff.ts';
import { FolderHints } from './hints.ts';
import { CxiProbe } from './probe.ts';
import { scanCxi } from './scan.ts';

/** Processor time a scan gets that did not end within its first budget, in milliseconds. */
const secondBudgetMs = 400;

export interface CxiScannerOptions {
  readonly files: HostFiles;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** How often the cheap probe looks, in milliseconds; default 100. */
  readonly probeIntervalMs?: number;
  /** How often everything is read without a cause, in milliseconds; default 30 000. */
  readonly fullIntervalMs?: number;
}

/** Making a device node is several events within this many milliseconds. */
const hintDelayMs = 10;

/**
 * Keeps the newest devices of a host. sysfs tells nobody when an attribute
 * changes, so a cheap probe asks often and a full scan follows any difference.
 * With 8 NICs a probe costs 0.1 ms of processor time and a full scan 4 ms, so a
 * quiet host costs 0.1 % of one core (Node 24 on a 2-core virtual machine).
 */
export class CxiScanner implements Runnable {
  readonly name = 'cxi-scanner';
  /** The devices as last scanned, in natural order; empty before the first scan. */
  readonly devices = new Latest<readonly CxiDevice[]>([], isDeepStrictEqual);
  /** True from the end of the first scan on. */
  readonly scanned = new Latest(false);
  readonly #options: Required<CxiScannerOptions>;
  #probe: CxiProbe | undefined;
  #scannedAt = 0;
  #wake: () => void = () => undefined;

  constructor(options: CxiScannerOptions) {
    this.#options = { logger: silentLogger, probeIntervalMs: 100, fullIntervalMs: 30_000, ...options };
  }

  /** Reads everything now and returns the devices. */
  rescan(): readonly CxiDevice[] {
    const { files, clock } = this.#options;
    this.#scannedAt = clock.monotonic();
    const first = scanCxi(files, { clock });
    // A host that was slow once (cold code, a throttled processor) is not judged by half of what it says.
    const snapshot = first.complete ? first : scanCxi(files, { clock, budgetMs: secondBudgetMs });
    this.#probe?.[Symbol.dispose]();
    this.#probe = new CxiProbe(files, snapshot);
    const before = this.devices.value;
    const after = cxiDevices(snapshot);
    if (this.devices.set(after)) this.#log(before, after);
    this.scanned.set(true);
    return this.devices.value;
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
    return clock.monotonic() - this.#scannedAt >= fullIntervalMs || this.#probe.changed();
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
