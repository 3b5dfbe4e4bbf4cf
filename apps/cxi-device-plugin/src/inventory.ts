import { isDeepStrictEqual } from 'node:util';
import { type Clock, Latest, type Logger, type Runnable } from '@rackwright/core';
import {
  type CxiScanner,
  type DebounceState,
  deviceNodeErrors,
  entriesByDevice,
  OutOfServiceReader,
  RetryHandlerStateReader,
} from '@rackwright/hardware-cxi';
import type { HostReader } from '@rackwright/host';
import type { Nic } from './model.ts';
import { nicHealth } from './nic-health.ts';

/** What the inventory of a node's NICs is made from. */
export interface InventoryOptions {
  readonly scanner: CxiScanner;
  readonly files: HostReader;
  readonly requireRetryHandler: boolean;
  readonly debounceMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often the files of the other agents are read, in milliseconds. */
const intervalMs = 1000;
/** How often device nodes are opened without a cause, in milliseconds. */
const nodeProbeMs = 10_000;

/** The NICs of the node with their health, kept up to date. */
export class Inventory implements Runnable {
  readonly name = 'inventory';
  readonly nics = new Latest<readonly Nic[]>([], isDeepStrictEqual);
  readonly #options: InventoryOptions;
  readonly #retryHandlers: RetryHandlerStateReader;
  readonly #outOfService: OutOfServiceReader;
  #states: ReadonlyMap<string, DebounceState> = new Map();
  #nodeErrors: ReadonlyMap<string, string> = new Map();
  #probedAt = Number.NEGATIVE_INFINITY;
  #dueAt: number | undefined;

  constructor(options: InventoryOptions) {
    this.#options = options;
    this.#retryHandlers = new RetryHandlerStateReader(options.files, options.logger);
    this.#outOfService = new OutOfServiceReader(options.files, options.logger);
  }

  /** Follows the scanner's devices; look at `nics` for the outcome. */
  async start(signal: AbortSignal): Promise<void> {
    const { scanner, clock } = this.#options;
    using _devices = scanner.devices.subscribe(() => {
      this.#probedAt = Number.NEGATIVE_INFINITY;
      this.refresh();
    });
    while (!signal.aborted) {
      this.refresh();
      const wait = Math.min(intervalMs, (this.#dueAt ?? Number.POSITIVE_INFINITY) - clock.monotonic());
      await clock.sleep(Math.max(1, wait), signal).catch(() => undefined);
    }
  }

  /** Evaluates every NIC as the scanner last saw it. */
  refresh(): void {
    const { scanner, files, clock, requireRetryHandler, debounceMs } = this.#options;
    const devices = scanner.devices.value;
    const now = clock.monotonic();
    if (now - this.#probedAt >= nodeProbeMs) {
      this.#probedAt = now;
      this.#nodeErrors = deviceNodeErrors(files, devices);
    }
    const { nics, states, dueAt } = nicHealth(
      {
        devices,
        retryHandlers: entriesByDevice(this.#retryHandlers.read()),
        nodeErrors: this.#nodeErrors,
        outOfService: this.#outOfService.read(),
        requireRetryHandler,
        debounceMs,
        now,
      },
      this.#states,
    );
    this.#states = states;
    this.#dueAt = dueAt;
    const before = this.nics.value;
    if (this.nics.set(nics)) this.#log(before, nics);
  }

  #log(before: readonly Nic[], after: readonly Nic[]): void {
    const old = new Map(before.map((nic) => [nic.name, nic]));
    for (const nic of after) {
      if (old.get(nic.name)?.reason === nic.reason) continue;
      const fields = { device: nic.name, reason: nic.reason, message: nic.message };
      if (nic.healthy) this.#options.logger.info('device healthy', fields);
      else this.#options.logger.warn('device unhealthy', fields);
    }
  }
}
