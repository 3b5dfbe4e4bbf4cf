import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { type Clock, errorMessage, HwError, type Logger } from '@rackwright/core';
import { deviceplugin } from '@rackwright/kubelet';
import { PluginConnection } from './plugin-connection.ts';
import { isExtendedResource } from './resource-name.ts';
import { UnixServer } from './unix-server.ts';

/** The only version of the device plugin API. */
export const apiVersion = 'v1beta1';

/** Who is told about plugins. */
export interface PluginListener {
  connected(connection: PluginConnection): void;
  devices(resource: string, devices: readonly deviceplugin.Device[]): void;
  disconnected(resource: string): void;
}

/** kubelet.sock: takes registrations and keeps one connection per resource. */
export class RegistrationServer {
  readonly #folder: string;
  readonly #listener: PluginListener;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Who is disconnected when a stream of the resource ends. */
  readonly #clients = new Map<string, PluginConnection>();
  /** Also those that lost their place in `#clients`. */
  readonly #all = new Set<PluginConnection>();
  #server: UnixServer | undefined;

  constructor(options: { folder: string; listener: PluginListener; clock: Clock; logger: Logger }) {
    this.#folder = options.folder;
    this.#listener = options.listener;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  async start(): Promise<void> {
    this.#server = await UnixServer.listen(
      join(this.#folder, 'kubelet.sock'),
      deviceplugin.RegistrationService,
      {
        register: (call, done) => {
          this.#register(call.request).then(
            () => done(null, {}),
            // What is not a gRPC status in Go travels as Unknown.
            (error: unknown) => done({ code: status.UNKNOWN, details: errorMessage(error) }),
          );
        },
      } satisfies deviceplugin.RegistrationServer,
    );
  }

  async stop(): Promise<void> {
    for (const resource of [...this.#clients.keys()]) this.#disconnect(resource);
    for (const connection of this.#all) connection.stop();
    this.#all.clear();
    await this.#server?.close();
    this.#server = undefined;
  }

  async #register(request: deviceplugin.RegisterRequest): Promise<void> {
    const { resourceName: resource, version, endpoint } = request;
    if (version !== apiVersion) {
      throw new HwError(
        'InvalidArgument',
        `device plugin API ${version} is not supported, only ${apiVersion} is`,
      );
    }
    if (!isExtendedResource(resource)) {
      throw new HwError('InvalidArgument', `${resource} cannot be the name of an extended resource`);
    }
    const connection = new PluginConnection(resource, join(this.#folder, endpoint), this.#clock);
    await this.#connect(connection);
    this.#logger.info('device plugin registered', { resource, endpoint });
    connection.watch(
      (devices) => this.#listener.devices(resource, devices),
      (reason) => {
        this.#logger.info('device plugin stream ended', { resource, reason });
        // As in the real kubelet up to 1.36, whoever holds the name now is disconnected: the end
        // of an old stream also takes down a plugin that registered anew meanwhile.
        this.#disconnect(resource);
      },
    );
  }

  /**
   * The newest plugin holds the name from the moment it is dialled. If that fails nobody holds it,
   * and a plugin that held it before keeps its devices, its stream and its place.
   */
  async #connect(connection: PluginConnection): Promise<void> {
    const { resource } = connection;
    this.#clients.set(resource, connection);
    this.#all.add(connection);
    try {
      await connection.connect();
      if (this.#server === undefined) throw new HwError('Unavailable', 'the kubelet is stopping');
    } catch (error) {
      this.#clients.delete(resource);
      this.#all.delete(connection);
      connection.stop();
      throw error;
    }
    this.#listener.connected(connection);
  }

  #disconnect(resource: string): void {
    const connection = this.#clients.get(resource);
    if (connection === undefined) return;
    this.#clients.delete(resource);
    this.#all.delete(connection);
    connection.stop();
    this.#listener.disconnected(resource);
  }
}
