import type { Clock, Logger, Runnable } from '@rackwright/core';
import { type CxiScanner, entriesByDevice, HealthWatch } from '@rackwright/hardware-cxi';
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
  /** Whether a NIC without a running retry handler counts as unhealthy. */
  readonly requireRetryHandler: boolean;
  /** How long a NIC that was unhealthy must stay well before it counts as healthy, in milliseconds. */
  readonly debounceMs: number;
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
  readonly health: HealthWatch;
  readonly #clock: Clock;

  constructor(options: NodeHostOptions) {
    const { files, scanner, clock, logger, driverSource, pollIntervalMs } = options;
    this.#clock = clock;
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
    this.health = new HealthWatch({
      ...options,
      observe: () => ({
        retryHandlers: entriesByDevice(this.retryHandlers.seen.value),
        outOfService: this.outOfService.devices.value,
      }),
    });
    // What others say changes the verdicts at once, not with the next look.
    for (const latest of [this.retryHandlers.seen, this.outOfService.devices])
      latest.subscribe(() => this.health.refresh());
  }

  /** The parts that keep looking, beside the scanner. */
  get parts(): readonly Runnable[] {
    return [this.check, this.retryHandlers, this.stats, this.outOfService, this.health];
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
    this.health.look();
  }

  get driver(): DriverState | undefined {
    return this.check.driver.value;
  }

  snapshot(): NodeSnapshot {
    this.health.look();
    return {
      driver: this.driver ?? this.check.verify(),
      verdicts: this.health.verdicts.value,
      unidentified: this.scanner.unidentified.value,
      retryHandlers: this.retryHandlers.seen.value,
      stats: this.stats.stats.value,
      outOfService: this.outOfService.devices.value,
    };
  }

  /** Calls `fn` when something changed that is worth publishing. */
  onChange(fn: () => void): Disposable {
    const changes = new DisposableStack();
    const { unidentified } = this.scanner;
    const { driver } = this.check;
    for (const latest of [
      this.health.verdicts,
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
