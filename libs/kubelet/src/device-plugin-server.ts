import type { Clock, Logger, Runnable } from '@rackwright/core';
import { FolderWatch } from './folder-watch.ts';
import type { HardwareProfile } from './hardware-profile.ts';
import { type PluginObserver, silentObserver } from './observer.ts';
import { ResourceEndpoint } from './resource-endpoint.ts';

/** What a device plugin process serves. */
export interface DevicePluginServerOptions {
  /** One per extended resource; each is served on a socket of its own. */
  readonly profiles: readonly HardwareProfile[];
  /** The kubelet's device plugin folder as this process sees it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: PluginObserver;
  /** How often sockets are looked at even without a file event, in milliseconds. Default 1000. */
  readonly pollMs?: number;
  /** How long a first registration waits for the end of its profile's obstacle if no other plugin is served, in milliseconds. Default 30 s. */
  readonly patienceMs?: number;
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
    const { folder, clock, logger, observer = silentObserver, pollMs = 1000 } = options;
    const { patienceMs = 30_000 } = options;
    const watch = new FolderWatch({ folder, clock, pollMs });
    this.#watch = watch;
    this.endpoints = options.profiles.map(
      (profile) => new ResourceEndpoint({ profile, folder, watch, clock, logger, observer, patienceMs }),
    );
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
