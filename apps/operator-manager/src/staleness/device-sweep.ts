import { type CxiDeviceObject, cxiDevices } from '@rackwright/api';
import { type Clock, errorMessage, type Logger, type Runnable } from '@rackwright/core';
import { isConflict, isNotFound, type KubeClient, TokenBucket } from '@rackwright/kube';
import { asUnknown, essence, fieldManager, isStale } from './stale-device.ts';

/** Between two looks at all CXIDevices, in milliseconds. */
const sweepMs = 5 * 60_000;

/**
 * Between finding a silent agent and saying so: after an outage of the API
 * server, which silences all of them, they are back within this time.
 */
const graceMs = 60_000;

export interface DeviceSweepOptions {
  readonly client: Pick<KubeClient, 'list' | 'apply'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Marks CXIDevices whose driver agent has fallen silent as Unknown: what nobody
 * looks at any more must not go on saying Healthy. The agent takes that back with
 * its next write. It looks in pages at a calm interval and keeps nothing, since a
 * cluster may have tens of thousands of them.
 */
export class DeviceSweep implements Runnable {
  readonly name = 'device sweep';
  readonly #options: DeviceSweepOptions;
  readonly #bucket: TokenBucket;

  constructor(options: DeviceSweepOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket({ clock: options.clock, ratePerSecond: 20, burst: 20 });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#sweep(signal);
      } catch (error) {
        if (signal.aborted) return;
        // Without the CRD there is nothing that could be stale.
        if (!isNotFound(error)) logger.warn('cannot look for silent agents', { error: errorMessage(error) });
      }
      await clock.sleep(sweepMs, signal).catch(() => undefined);
    }
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { client, clock, logger } = this.#options;
    const { items } = await client.list(cxiDevices, { trim: essence, signal });
    const stale = items.filter((item) => isStale(item, clock.now()));
    if (stale.length === 0) return;
    await clock.sleep(graceMs, signal);
    const nodes = new Set<string>();
    for (const device of stale) {
      await clock.sleep(this.#bucket.reserve(), signal);
      if (await this.#mark(device, signal)) nodes.add(device.status?.node ?? '');
    }
    if (nodes.size > 0) logger.warn('driver agents are silent', { nodes: nodes.size, first: [...nodes][0] });
  }

  /** False when its agent has written meanwhile, or it is gone. */
  async #mark(device: CxiDeviceObject, signal: AbortSignal): Promise<boolean> {
    const { client, clock } = this.#options;
    try {
      const options = { fieldManager, subresource: 'status', signal } as const;
      await client.apply(cxiDevices, asUnknown(device, clock.now()), options);
      return true;
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return false;
      throw error;
    }
  }
}
