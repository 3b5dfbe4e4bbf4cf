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
  readonly #clients = new Map<string, PluginConnection>();
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
    const connection = await PluginConnection.dial(resource, join(this.#folder, endpoint), this.#clock);
    if (this.#server === undefined) {
      connection.stop();
      throw new HwError('Unavailable', 'the kubelet is stopping');
    }
    this.#clients.set(resource, connection);
    this.#listener.connected(connection);
    this.#logger.info('device plugin registered', { resource, endpoint });
    connection.watch(
      (devices) => this.#listener.devices(resource, devices),
      (reason) => {
        this.#logger.info('device plugin stream ended', { resource, reason });
        connection.stop();
        // As in the real kubelet, whoever holds the name now is disconnected:
        // the end of an old stream also takes down a plugin that registered anew meanwhile.
        this.#disconnect(resource);
      },
    );
  }

  #disconnect(resource: string): void {
    const connection = this.#clients.get(resource);
    if (connection === undefined) return;
    this.#clients.delete(resource);
    connection.stop();
    this.#listener.disconnected(resource);
  }
}
