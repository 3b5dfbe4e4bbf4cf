import { type CxiDeviceObject, cxiDevices, cxiDevicesOfNode } from '@rackwright/api';
import { Informer } from '@rackwright/controller';
import type { Clock, Logger, Runnable } from '@rackwright/core';
import type { KubeClient } from '@rackwright/kube';
import { heldDevices } from './held-devices.ts';

export interface DeviceWatchOptions {
  readonly client: Pick<KubeClient, 'list' | 'watch'>;
  /** Name of the own Node. */
  readonly node: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told which NICs are out of service, once that is known and whenever something changed. */
  readonly changed: (names: readonly string[]) => void;
}

/** Follows what people want of the node's NICs. While nobody can tell, nothing is said. */
export class DeviceWatch implements Runnable {
  readonly name = 'device-watch';
  readonly #informer: Informer<CxiDeviceObject>;
  readonly #node: string;
  readonly #changed: DeviceWatchOptions['changed'];

  constructor({ client, node, clock, logger, changed }: DeviceWatchOptions) {
    this.#node = node;
    this.#changed = changed;
    this.#informer = new Informer({
      client,
      type: cxiDevices,
      labelSelector: cxiDevicesOfNode(node),
      ...{ clock, logger },
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { synced, served } = this.#informer;
    const tell = (): void => {
      if (synced.value && served.value) this.#changed(heldDevices(this.#informer.list(), this.#node));
    };
    using _synced = synced.subscribe(tell);
    using _served = served.subscribe(tell);
    using _events = this.#informer.subscribe(tell);
    await this.#informer.start(signal);
  }
}
