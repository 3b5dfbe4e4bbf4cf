import type { Clock, Logger, Runnable } from '@rackwright/core';
import { AllocateQueue } from './allocate-queue.ts';
import { FolderWatch } from './folder-watch.ts';
import type { HardwareProfile } from './hardware-profile.ts';
import { noPluginMetrics, type PluginMetrics } from './metrics/plugin-metrics.ts';
import { ResourceEndpoint } from './resource-endpoint.ts';

/** What a device plugin process serves. */
export interface DevicePluginServerOptions {
  /** One per extended resource; each is served on a socket of its own. */
  readonly profiles: readonly HardwareProfile[];
  /** The kubelet's device plugin folder as this process sees it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: PluginMetrics;
  /** How often sockets are looked at even without a file event, in milliseconds. Default 1000. */
  readonly pollMs?: number;
  /** How long a first registration waits for the end of its profile's obstacle if no other plugin is served, in milliseconds. Default 30 s. */
  readonly obstacleWaitMs?: number;
}

/**
 * A device plugin for any number of resources (k8s.io/kubelet
 * deviceplugin/v1beta1). Runs until stopped whatever the kubelet does: absent,
 * restarted or forgetful, each resource is served and registered anew.
 */
export class DevicePluginServer implements Runnable {
  readonly name = 'device-plugin';
  readonly endpoints: readonly ResourceEndpoint[];
  readonly #watch: FolderWatch;

  constructor(options: DevicePluginServerOptions) {
    const { folder, clock, logger, metrics = noPluginMetrics, pollMs = 1000 } = options;
    const { obstacleWaitMs = 30_000 } = options;
    const watch = new FolderWatch({ folder, clock, pollMs });
    this.#watch = watch;
    const queue = new AllocateQueue(clock);
    const shared = { folder, watch, clock, logger, metrics, queue, obstacleWaitMs };
    this.endpoints = options.profiles.map((profile) => new ResourceEndpoint({ ...shared, profile }));
  }

  async start(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watch, ...this.endpoints].map((part) => part.start(signal)));
  }

  /** What keeps resources from being registered now, one line each; empty when all are. */
  missing(): string[] {
    return this.endpoints
      .filter(({ status }) => !status.value.registered)
      .map(({ name, status }) => `${name}: ${status.value.message}`);
  }

  /**
   * Calls every resource's own server through its socket.
   *
   * @param timeoutMs time limit for each
   * @throws HwError Unavailable or DeadlineExceeded
   */
  async probe(timeoutMs = 2000, signal?: AbortSignal): Promise<void> {
    await Promise.all(this.endpoints.map((endpoint) => endpoint.probe(timeoutMs, signal)));
  }
}
