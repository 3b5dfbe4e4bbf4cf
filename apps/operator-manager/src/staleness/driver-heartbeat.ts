import { cxiDrivers } from '@rackwright/api';
import { type Clock, errorMessage, type Logger, type Runnable } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import { ignoreNotFound, type KubeClient, type KubeObject } from '@rackwright/kube';

/** Between two heartbeats of a CXIDriver, in milliseconds. */
export const heartbeatMs = 5 * 60_000;
/** Between two looks, which cost no request. */
const lookMs = 10_000;

export interface DriverHeartbeatOptions {
  readonly client: Pick<KubeClient, 'patch'>;
  /** Every CXIDriver, from the cache. */
  readonly drivers: { list(): readonly KubeObject[] };
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Says in each CXIDriver, about every five minutes, that an operator looks after
 * it: `status.lastHeartbeatTime`. Nobody can write that an operator is gone, but
 * everybody can see how old this is.
 */
export class DriverHeartbeat implements Runnable {
  readonly name = 'driver heartbeat';
  readonly #options: DriverHeartbeatOptions;

  constructor(options: DriverHeartbeatOptions) {
    this.#options = options;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, drivers, logger } = this.#options;
    while (!signal.aborted) {
      try {
        for (const driver of drivers.list()) {
          if (isDue(driver, clock.now())) await this.#writeHeartbeat(driver, signal);
        }
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('no heartbeat', { error: errorMessage(error) });
      }
      await clock.sleep(lookMs, signal).catch(() => undefined);
    }
  }

  async #writeHeartbeat({ metadata = {} }: KubeObject, signal: AbortSignal): Promise<void> {
    const { name = '', uid } = metadata;
    const lastHeartbeatTime = `${new Date(this.#options.clock.now()).toISOString().slice(0, 19)}Z`;
    const patch = { metadata: { uid }, status: { lastHeartbeatTime } };
    const options = { strategy: 'merge', subresource: 'status', signal } as const;
    const fieldManager = cxi.fieldManager.operator;
    await ignoreNotFound(
      this.#options.client.patch(cxiDrivers, { name }, patch, { ...options, fieldManager }),
    );
  }
}

/** One from the future, as after a clock was set back, is due as well. */
function isDue(driver: KubeObject, now: number): boolean {
  const { status } = driver as { status?: { lastHeartbeatTime?: string } };
  const last = Date.parse(status?.lastHeartbeatTime ?? '');
  return Number.isNaN(last) || Math.abs(now - last) >= heartbeatMs;
}
