import { basename } from 'node:path';
import type { Clock, Latest, Logger } from '@rackwright/core';
import { type ConnectionLimits, callOnce, defaultLimits, GrpcServer } from '@rackwright/grpc';
import type { AllocateQueue } from './allocate-queue.ts';
import { DevicePluginService } from './gen/deviceplugin/v1beta1/api.ts';
import type { Device, HardwareProfile } from './hardware-profile.ts';
import { ListStreams } from './list-streams.ts';
import type { PluginMetrics } from './metrics/plugin-metrics.ts';
import { pluginProtocol, pluginService } from './plugin-service.ts';

/** What serves one resource. */
export interface ResourceServerOptions {
  readonly profile: HardwareProfile;
  /** The kubelet's device plugin folder. */
  readonly folder: string;
  /** The socket's file name. */
  readonly socket: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: PluginMetrics;
  /** Shared by all resources of the process. */
  readonly queue: AllocateQueue;
  /** While it is true another instance's lists count, and streams get only their first list. */
  readonly quiet?: Latest<boolean>;
  readonly limits?: ConnectionLimits;
}

/** One resource's gRPC server on its socket, from bind to close. */
export class ResourceServer {
  /** File name of its socket. */
  readonly name: string;
  readonly #server: GrpcServer;
  readonly #streams: ListStreams;
  readonly #clock: Clock;

  private constructor(server: GrpcServer, streams: ListStreams, clock: Clock) {
    this.name = basename(server.address);
    this.#server = server;
    this.#streams = streams;
    this.#clock = clock;
  }

  /** @throws HwError NotFound, InvalidArgument or Unavailable as `ServerSocket.bind` says */
  static async listen(options: ResourceServerOptions): Promise<ResourceServer> {
    const { profile, metrics, queue, logger, clock, quiet, limits = defaultLimits } = options;
    const listed = (devices: readonly Device[]): void => metrics.listed(profile.resource, devices);
    const streams = new ListStreams(profile.devices, listed, quiet);
    const service = pluginService({ profile, streams, metrics, queue, logger });
    const server = await GrpcServer.listen((grpc) => grpc.addService(pluginProtocol, service), {
      folder: options.folder,
      name: options.socket,
      ...{ clock, limits },
    });
    return new ResourceServer(server, streams, clock);
  }

  /** Whether the kubelet would reach this server through the socket file. */
  get stands(): boolean {
    return this.#server.stands;
  }

  /** How many ListAndWatch streams are open. */
  get streams(): Latest<number> {
    return this.#streams.open;
  }

  /**
   * Makes a call without side effects through its own socket, as the kubelet would.
   *
   * @throws HwError Unavailable or DeadlineExceeded
   */
  async probe(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    await callOnce({
      socket: this.#server.address,
      method: DevicePluginService.getDevicePluginOptions,
      request: {},
      what: 'own socket',
      clock: this.#clock,
      timeoutMs,
      signal,
    });
  }

  /** Ends the streams, lets running calls finish and removes the socket. */
  async close(): Promise<void> {
    this.#server.stopListening();
    this.#streams.end();
    await this.#server.close();
  }
}
