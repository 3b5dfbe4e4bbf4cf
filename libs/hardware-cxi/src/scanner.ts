import { isDeepStrictEqual } from 'node:util';
import { type Clock, Latest, type Logger, type Runnable, silentLogger } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import type { CxiDevice } from './device.ts';
import { cxiDevices } from './devices.ts';
import { diffDevices } from './diff.ts';
import { probeCxi } from './probe.ts';
import { scanCxi } from './scan.ts';
import type { CxiSnapshot } from './snapshot.ts';

export interface CxiScannerOptions {
  readonly files: HostReader;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** How often the cheap probe looks, in milliseconds; default 100. */
  readonly probeIntervalMs?: number;
  /** How often everything is read without a cause, in milliseconds; default 30 000. */
  readonly fullIntervalMs?: number;
}

/**
 * Keeps the newest devices of a host. sysfs tells nobody when an attribute
 * changes, so a cheap probe asks often and a full scan follows any difference.
 */
export class CxiScanner implements Runnable {
  readonly name = 'cxi-scanner';
  /** The devices as last scanned, in natural order; empty before the first scan. */
  readonly devices = new Latest<readonly CxiDevice[]>([], isDeepStrictEqual);
  /** True from the end of the first scan on. */
  readonly scanned = new Latest(false);
  readonly #files: HostReader;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #probeIntervalMs: number;
  readonly #fullIntervalMs: number;
  #snapshot: CxiSnapshot = { devices: [] };
  #seen = '';
  #scannedAt = 0;

  constructor(options: CxiScannerOptions) {
    this.#files = options.files;
    this.#clock = options.clock;
    this.#logger = options.logger ?? silentLogger;
    this.#probeIntervalMs = options.probeIntervalMs ?? 100;
    this.#fullIntervalMs = options.fullIntervalMs ?? 30_000;
  }

  /** Reads everything now and returns the devices. */
  rescan(): readonly CxiDevice[] {
    this.#scannedAt = this.#clock.monotonic();
    // Asked first: what changes during the scan is then seen by the next probe.
    this.#seen = probeCxi(this.#files, this.#snapshot);
    this.#snapshot = scanCxi(this.#files, { clock: this.#clock });
    const before = this.devices.value;
    const after = cxiDevices(this.#snapshot);
    if (this.devices.set(after)) this.#log(before, after);
    this.scanned.set(true);
    return this.devices.value;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.rescan();
    while (!signal.aborted) {
      await this.#clock.sleep(this.#probeIntervalMs, signal).catch(() => undefined);
      if (!signal.aborted) this.#probe();
    }
  }

  #probe(): void {
    const due = this.#clock.monotonic() - this.#scannedAt >= this.#fullIntervalMs;
    if (due || probeCxi(this.#files, this.#snapshot) !== this.#seen) this.rescan();
  }

  #log(before: readonly CxiDevice[], after: readonly CxiDevice[]): void {
    const { added, removed, changed } = diffDevices(before, after);
    for (const device of added) this.#logger.info('device added', { device: device.name });
    for (const device of removed) this.#logger.info('device removed', { device: device.name });
    for (const { after: device } of changed)
      this.#logger.debug('device changed', { device: device.name, link: device.linkState });
  }
}
