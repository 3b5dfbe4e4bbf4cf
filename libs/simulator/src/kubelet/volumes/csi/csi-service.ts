import { Backoff, type Clock, errorMessage, type Logger } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import type { KubeClient } from '@rackwright/kube';
import type { ObjectSource } from '../../env/container-env.ts';
import { PluginWatcher } from '../../plugins/plugin-watcher.ts';
import { CsiDrivers } from './csi-drivers.ts';
import { CsiNodeInfo } from './csi-node-info.ts';
import { csiPaths } from './csi-paths.ts';
import { CsiPluginHandler, csiPluginType } from './csi-plugin-handler.ts';
import { CsiVolumes } from './csi-volumes.ts';

export interface CsiServiceOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeName: string;
  readonly host: HostRoot;
  readonly objects: Pick<ObjectSource, 'secret'>;
}

/** All that a kubelet does for CSI drivers: it takes them, shows them in the API and mounts their volumes. */
export class CsiService {
  readonly volumes: CsiVolumes;
  readonly #options: CsiServiceOptions;
  readonly #info: CsiNodeInfo;
  readonly #watcher: PluginWatcher;

  constructor(options: CsiServiceOptions) {
    const { client, clock, logger, nodeName, host, objects } = options;
    this.#options = options;
    const drivers = new CsiDrivers(clock);
    this.volumes = new CsiVolumes({ nodeName, host, client, objects, drivers });
    this.#info = new CsiNodeInfo({ client, clock, nodeName });
    const handler = new CsiPluginHandler({ host, drivers, info: this.#info });
    this.#watcher = new PluginWatcher({
      ...{ clock, logger, folder: host.path(csiPaths.registry) },
      handlers: new Map([[csiPluginType, handler]]),
    });
  }

  /** Looks after plugins until `signal` aborts; what is mounted stays mounted. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#initialize(signal);
    await this.#watcher.run(signal);
  }

  /** A node without drivers has a CSINode too. */
  async #initialize(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    const backoff = new Backoff({ initialMs: 100, maxMs: 7000 });
    while (!signal.aborted) {
      try {
        return await this.#info.initialize();
      } catch (error) {
        logger.warn('the CSINode could not be made', { error: errorMessage(error) });
        await clock.sleep(backoff.next(), signal).catch(() => undefined);
      }
    }
  }
}
