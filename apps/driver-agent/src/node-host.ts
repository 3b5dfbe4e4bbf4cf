import type { Clock, Logger, Runnable } from '@rackwright/core';
import { type CxiScanner, deviceNodeErrors } from '@rackwright/hardware-cxi';
import type { HostFiles } from '@rackwright/host';
import { DriverCheck } from './driver/driver-check.ts';
import type { DriverSource, DriverState } from './driver/verify.ts';
import type { NodeSnapshot } from './model.ts';
import { OutOfServiceFile } from './out-of-service/out-of-service-file.ts';
import { RetryHandlerStateWatch } from './retry-handler/state-watch.ts';
import { StatsWatch } from './retry-handler/stats-watch.ts';

export interface NodeHostOptions {
  readonly files: HostFiles;
  /** May be one that other modules of the process use too. */
  readonly scanner: CxiScanner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly driverSource: DriverSource;
  /** Time between two full looks without a cause, in milliseconds. */
  readonly pollIntervalMs: number;
}

/** How soon a host whose devices cannot be listed is looked at again, in milliseconds. */
const relookMs = 1000;

/** Everything the agent looks at on its node, and the newest state of it. */
export class NodeHost {
  readonly scanner: CxiScanner;
  readonly check: DriverCheck;
  readonly retryHandlers: RetryHandlerStateWatch;
  readonly stats: StatsWatch;
  readonly outOfService: OutOfServiceFile;
  readonly #files: HostFiles;
  readonly #clock: Clock;

  constructor({ files, scanner, clock, logger, driverSource, pollIntervalMs }: NodeHostOptions) {
    this.#clock = clock;
    this.#files = files;
    this.scanner = scanner;
    this.check = new DriverCheck({
      ...{ files, clock, logger, scanner },
      source: driverSource,
      intervalMs: pollIntervalMs,
    });
    this.retryHandlers = new RetryHandlerStateWatch({ files, clock, logger });
    this.outOfService = new OutOfServiceFile({ files, clock, logger });
    this.stats = new StatsWatch({
      ...{ files, clock },
      intervalMs: pollIntervalMs,
      devices: () => scanner.devices.value.filter(({ kind }) => kind === 'pf').map(({ name }) => name),
    });
  }

  /** The parts that keep looking, beside the scanner. */
  get parts(): readonly Runnable[] {
    return [this.check, this.retryHandlers, this.stats, this.outOfService];
  }

  /**
   * Looks at everything once, so that nothing is published that is merely not
   * known yet: the devices are looked for until they can be listed.
   */
  async look(signal: AbortSignal): Promise<void> {
    this.scanner.rescan();
    while (!this.scanner.scanned.value && !signal.aborted) {
      await this.#clock.sleep(relookMs, signal).catch(() => undefined);
      this.scanner.rescan();
    }
    this.retryHandlers.look();
    this.check.verify();
    await this.stats.look();
  }

  get driver(): DriverState | undefined {
    return this.check.driver.value;
  }

  snapshot(): NodeSnapshot {
    const devices = this.scanner.devices.value;
    return {
      driver: this.driver ?? this.check.verify(),
      devices,
      unidentified: this.scanner.unidentified.value,
      retryHandlers: this.retryHandlers.seen.value,
      stats: this.stats.stats.value,
      outOfService: this.outOfService.devices.value,
      nodeErrors: deviceNodeErrors(this.#files, devices),
    };
  }

  /** Calls `fn` when something changed that is worth publishing. */
  onChange(fn: () => void): Disposable {
    const changes = new DisposableStack();
    const { devices, unidentified } = this.scanner;
    const { driver } = this.check;
    for (const latest of [
      devices,
      unidentified,
      driver,
      this.retryHandlers.seen,
      this.outOfService.devices,
    ]) {
      changes.use(latest.subscribe(fn));
    }
    return changes;
  }
}
