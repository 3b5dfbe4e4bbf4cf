import { isDeepStrictEqual } from 'node:util';
import { type Clock, Latest, type Logger, type Runnable } from '@rackwright/core';
import {
  type CxiScanner,
  type DeviceVerdict,
  entriesByDevice,
  HealthWatch,
  isUsable,
  OutOfServiceReader,
  RetryHandlerStateReader,
} from '@rackwright/hardware-cxi';
import type { HostReader } from '@rackwright/host';
import type { Nic } from './model.ts';

/** What the inventory of a node's NICs is made from. */
export interface InventoryOptions {
  readonly scanner: CxiScanner;
  readonly files: HostReader;
  readonly requireRetryHandler: boolean;
  readonly debounceMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The NICs of the node with their health, kept up to date. */
export class Inventory implements Runnable {
  readonly name = 'inventory';
  readonly nics = new Latest<readonly Nic[]>([], isDeepStrictEqual);
  readonly #logger: Logger;
  readonly #health: HealthWatch;

  constructor({ logger, ...options }: InventoryOptions) {
    this.#logger = logger;
    const retryHandlers = new RetryHandlerStateReader(options.files, logger);
    const outOfService = new OutOfServiceReader(options.files, logger);
    this.#health = new HealthWatch({
      ...options,
      observe: () => ({
        retryHandlers: entriesByDevice(retryHandlers.read()),
        outOfService: outOfService.read(),
      }),
    });
    this.#health.verdicts.subscribe((verdicts) => this.#update(verdicts));
  }

  /** Follows the verdicts; look at `nics` for the outcome. */
  start(signal: AbortSignal): Promise<void> {
    return this.#health.start(signal);
  }

  /** Evaluates every NIC as the scanner last saw it. */
  refresh(): void {
    this.#health.refresh();
  }

  #update(verdicts: readonly DeviceVerdict[]): void {
    const before = this.nics.value;
    const after = verdicts.map(toNic);
    if (this.nics.set(after)) this.#log(before, after);
  }

  #log(before: readonly Nic[], after: readonly Nic[]): void {
    const old = new Map(before.map((nic) => [nic.name, nic]));
    for (const nic of after) {
      if (old.get(nic.name)?.reason === nic.reason) continue;
      const fields = { device: nic.name, reason: nic.reason, message: nic.message };
      if (nic.healthy) this.#logger.info('device healthy', fields);
      else this.#logger.warn('device unhealthy', fields);
    }
  }
}

function toNic({ device, health }: DeviceVerdict): Nic {
  return {
    name: device.name,
    index: device.index,
    kind: device.kind,
    ...(device.numaNode !== undefined && { numaNode: device.numaNode }),
    node: device.devNode.path,
    nodePresent: device.devNode.present,
    healthy: isUsable(health),
    reason: health.reason,
    message: health.message,
  };
}
