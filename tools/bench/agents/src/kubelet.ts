import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { deviceplugin } from '@rackwright/kubelet';

const authority = { 'grpc.default_authority': 'localhost' };

interface Plugin {
  readonly client: deviceplugin.DevicePluginClient;
  readonly resource: string;
  ids: readonly string[];
}

/** As much of a kubelet as a device plugin needs to be busy: it registers plugins, follows their lists and allocates. */
export class BenchKubelet implements AsyncDisposable {
  readonly folder: string;
  readonly #server = new Server();
  readonly #plugins: Plugin[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  async start(): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    const service: deviceplugin.RegistrationServer = {
      register: (call, done) => {
        done(null, {});
        this.#follow(call.request);
      },
    };
    this.#server.addService(deviceplugin.RegistrationService, service);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = `unix:${join(this.folder, 'kubelet.sock')}`;
    this.#server.bindAsync(socket, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
    await promise;
  }

  #follow({ endpoint, resourceName }: deviceplugin.RegisterRequest): void {
    const target = `unix:${join(this.folder, endpoint)}`;
    const client = new deviceplugin.DevicePluginClient(target, credentials.createInsecure(), authority);
    const plugin: Plugin = { client, resource: resourceName, ids: [] };
    this.#plugins.push(plugin);
    const stream = client.listAndWatch({});
    stream.on('data', ({ devices }: deviceplugin.ListAndWatchResponse) => {
      plugin.ids = devices.map(({ ID }) => ID);
    });
    stream.on('error', () => undefined);
  }

  /** Resources that offer devices now. */
  resources(): string[] {
    return this.#plugins.filter(({ ids }) => ids.length > 0).map(({ resource }) => resource);
  }

  /** Asks each plugin for one device, as for a pod that starts. */
  async allocate(): Promise<void> {
    for (const { client, ids } of this.#plugins) {
      const [id] = ids;
      if (id === undefined) continue;
      const { promise, resolve } = Promise.withResolvers<void>();
      // A device that has just become unhealthy is refused; that is load, too.
      client.allocate({ containerRequests: [{ devicesIds: [id] }] }, () => resolve());
      await promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client } of this.#plugins) client.close();
    this.#server.forceShutdown();
  }
}
