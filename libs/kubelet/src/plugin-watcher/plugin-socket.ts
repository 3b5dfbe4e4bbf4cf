import { basename, dirname } from 'node:path';
import type { Clock } from '@rackwright/core';
import { callOnce, socketPath, type UnaryMethod } from '@rackwright/grpc';
import { type PluginInfo, RegistrationService } from '../gen/pluginregistration/v1/api.ts';

/** How a plugin's registration socket is reached. */
export interface PluginSocketOptions {
  /** Path of the socket below plugins_registry. */
  readonly socket: string;
  readonly clock: Clock;
  /** Time limit of one call in milliseconds. Default 1000, as the kubelet's. */
  readonly timeoutMs?: number;
}

/** The plugin watcher's side of a registration, as the kubelet speaks it. */
export class PluginSocket {
  readonly #options: PluginSocketOptions;

  constructor(options: PluginSocketOptions) {
    this.#options = options;
  }

  /** @throws HwError Unavailable if nobody answers, DeadlineExceeded, or what the plugin fails with */
  getInfo(signal?: AbortSignal): Promise<PluginInfo> {
    return this.#call(RegistrationService.getInfo, {}, signal);
  }

  /**
   * Tells whether the plugin was taken.
   *
   * @param error why not; undefined if it was
   * @throws as `getInfo`
   */
  async notify(error: string | undefined, signal?: AbortSignal): Promise<void> {
    const status = { pluginRegistered: error === undefined, error: error ?? '' };
    await this.#call(RegistrationService.notifyRegistrationStatus, status, signal);
  }

  #call<Q, R>(method: UnaryMethod<Q, R>, request: Q, signal: AbortSignal | undefined): Promise<R> {
    const { socket, clock, timeoutMs = 1000 } = this.#options;
    return callOnce({
      socket: socketPath(dirname(socket), basename(socket)),
      what: `${method.path} of ${basename(socket)}`,
      ...{ method, request, clock, timeoutMs, signal },
    });
  }
}
