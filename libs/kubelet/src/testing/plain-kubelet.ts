import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ClientReadableStream, credentials, Server, type ServiceError, status } from '@grpc/grpc-js';
import { Latest } from '@rackwright/core';
import {
  type AllocateResponse,
  type Device,
  DevicePluginClient,
  type DevicePluginOptions,
  type ListAndWatchResponse,
  type PreferredAllocationResponse,
  type RegisterRequest,
  type RegistrationServer,
  RegistrationService,
} from '../gen/deviceplugin/v1beta1/api.ts';
import { serve } from './serve.ts';

/** One registered plugin as this kubelet sees it. */
export interface PlainPlugin {
  readonly request: RegisterRequest;
  readonly client: DevicePluginClient;
  readonly stream: ClientReadableStream<ListAndWatchResponse>;
  /** The newest list, undefined before the first. */
  readonly devices: Latest<readonly Device[] | undefined>;
  /** Every list that came, in order. */
  readonly lists: (readonly Device[])[];
  readonly ended: Latest<boolean>;
}

/**
 * The kubelet's side of the device plugin protocol and nothing else. It does
 * what the kubelet does: removes every socket of the folder at start, dials
 * back within Register, asks for the options, opens one stream.
 */
export class PlainKubelet implements AsyncDisposable {
  readonly folder: string;
  /** The newest registration by resource. */
  readonly plugins = new Latest<ReadonlyMap<string, PlainPlugin>>(new Map());
  /** How often each resource was registered. */
  readonly registrations = new Map<string, number>();
  readonly #server = new Server();
  readonly #all: PlainPlugin[] = [];
  /** Refuses registrations with this message when set. */
  refusal: string | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async start(folder: string): Promise<PlainKubelet> {
    for (const name of readdirSync(folder)) {
      if (lstatSync(join(folder, name)).isSocket()) rmSync(join(folder, name));
    }
    const kubelet = new PlainKubelet(folder);
    const service: RegistrationServer = {
      register: ({ request }, done) =>
        void kubelet.#register(request).then(
          () => done(null, {}),
          (error: Error) => done({ code: status.UNKNOWN, details: error.message }),
        ),
    };
    kubelet.#server.addService(RegistrationService, service);
    await serve(kubelet.#server, join(folder, 'kubelet.sock'));
    return kubelet;
  }

  /** Waits until a resource is registered and its list satisfies `wanted`. */
  async devices(
    resource: string,
    wanted: (devices: readonly Device[]) => boolean = () => true,
  ): Promise<readonly Device[]> {
    const plugin = await this.plugin(resource);
    const devices = await plugin.devices.until((list) => list !== undefined && wanted(list));
    return devices ?? [];
  }

  async plugin(resource: string): Promise<PlainPlugin> {
    const plugins = await this.plugins.until((map) => map.has(resource));
    return plugins.get(resource) as PlainPlugin;
  }

  async allocate(resource: string, ...containers: string[][]): Promise<AllocateResponse> {
    const { client } = await this.plugin(resource);
    const containerRequests = containers.map((devicesIds) => ({ devicesIds }));
    return unary((done) => client.allocate({ containerRequests }, done));
  }

  /** Says that a container with these devices is about to start. */
  async preStart(resource: string, devicesIds: string[]): Promise<void> {
    const { client } = await this.plugin(resource);
    await unary((done) => client.preStartContainer({ devicesIds }, done));
  }

  async getPreferredAllocation(
    resource: string,
    availableDeviceIDs: string[],
    mustIncludeDeviceIDs: string[],
    allocationSize: number,
  ): Promise<string[]> {
    const { client } = await this.plugin(resource);
    const request = { containerRequests: [{ availableDeviceIDs, mustIncludeDeviceIDs, allocationSize }] };
    const response = await unary<PreferredAllocationResponse>((done) =>
      client.getPreferredAllocation(request, done),
    );
    return response.containerResponses[0]?.deviceIDs ?? [];
  }

  async options(resource: string): Promise<DevicePluginOptions> {
    const { client } = await this.plugin(resource);
    return unary((done) => client.getDevicePluginOptions({}, done));
  }

  /** Closes a resource's stream, as the kubelet does when it drops a plugin. */
  async drop(resource: string): Promise<void> {
    const plugin = await this.plugin(resource);
    plugin.stream.cancel();
    await plugin.ended.until((ended) => ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { stream, client } of this.#all) {
      stream.cancel();
      client.close();
    }
    this.#server.forceShutdown();
  }

  async #register(request: RegisterRequest): Promise<void> {
    const { resourceName, endpoint } = request;
    this.registrations.set(resourceName, (this.registrations.get(resourceName) ?? 0) + 1);
    if (this.refusal !== undefined) throw new Error(this.refusal);
    const client = new DevicePluginClient(
      `unix:${join(this.folder, endpoint)}`,
      credentials.createInsecure(),
      { 'grpc.use_local_subchannel_pool': 1 },
    );
    await unary((done) => client.getDevicePluginOptions({}, done));
    const plugin = watch(request, client);
    this.#all.push(plugin);
    this.plugins.set(new Map([...this.plugins.value, [resourceName, plugin]]));
  }
}

function watch(request: RegisterRequest, client: DevicePluginClient): PlainPlugin {
  const plugin = {
    request,
    client,
    stream: client.listAndWatch({}),
    devices: new Latest<readonly Device[] | undefined>(undefined),
    lists: [] as (readonly Device[])[],
    ended: new Latest(false),
  };
  plugin.stream.on('data', ({ devices }: ListAndWatchResponse) => {
    plugin.lists.push(devices);
    plugin.devices.set(devices);
  });
  for (const event of ['error', 'end']) plugin.stream.on(event, () => plugin.ended.set(true));
  return plugin;
}

function unary<R>(start: (done: (error: ServiceError | null, response: R) => void) => unknown): Promise<R> {
  const { promise, resolve, reject } = Promise.withResolvers<R>();
  start((error, response) => (error === null ? resolve(response) : reject(error)));
  return promise;
}
