import { join } from 'node:path';
import { credentials, type ServerWritableStream } from '@grpc/grpc-js';
import { deviceplugin } from '@rackwright/kubelet';
import { UnixServer } from '../devices/unix-server.ts';

/** What a test's plugin says and does. */
export interface PlainPluginOptions {
  readonly folder: string;
  readonly resource?: string;
  readonly endpoint?: string;
  readonly version?: string;
  /** An error is what GetDevicePluginOptions is refused with. */
  readonly options?: Partial<deviceplugin.DevicePluginOptions> | Error;
  readonly allocate?: (
    ids: readonly string[],
  ) => Partial<deviceplugin.ContainerAllocateResponse> | Error | undefined;
  readonly getPreferredAllocation?: (
    request: deviceplugin.ContainerPreferredAllocationRequest,
  ) => readonly string[];
}

/** A device as a test writes it down. */
export function device(
  ID: string,
  more: { health?: string; numa?: readonly number[] } = {},
): deviceplugin.Device {
  const nodes = (more.numa ?? []).map((node) => ({ ID: node }));
  return { ID, health: more.health ?? 'Healthy', topology: nodes.length === 0 ? undefined : { nodes } };
}

/** A device plugin written straight on the protocol, independent of libs/kubelet's server. */
export class PlainPlugin implements AsyncDisposable {
  /** Calls the kubelet made, in order. */
  readonly calls: { readonly method: string; readonly request: unknown }[] = [];
  readonly #options: Required<Pick<PlainPluginOptions, 'folder' | 'resource' | 'endpoint' | 'version'>> &
    PlainPluginOptions;
  readonly #streams = new Set<ServerWritableStream<deviceplugin.Empty, deviceplugin.ListAndWatchResponse>>();
  #devices: readonly deviceplugin.Device[];
  #server: UnixServer | undefined;

  private constructor(options: PlainPluginOptions, devices: readonly deviceplugin.Device[]) {
    this.#options = { resource: 'example.com/nic', endpoint: 'plain.sock', version: 'v1beta1', ...options };
    this.#devices = devices;
  }

  /** Serves the plugin; it is not registered yet. */
  static async serve(
    options: PlainPluginOptions,
    devices: readonly deviceplugin.Device[],
  ): Promise<PlainPlugin> {
    const plugin = new PlainPlugin(options, devices);
    const path = join(options.folder, plugin.#options.endpoint);
    plugin.#server = await UnixServer.listen(path, deviceplugin.DevicePluginService, plugin.#service());
    return plugin;
  }

  /** Registers with the kubelet of the same folder. */
  register(): Promise<void> {
    const { folder, resource, endpoint, version } = this.#options;
    const client = new deviceplugin.RegistrationClient(
      `unix:${join(folder, 'kubelet.sock')}`,
      credentials.createInsecure(),
      { 'grpc.use_local_subchannel_pool': 1 },
    );
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    client.register({ version, endpoint, resourceName: resource, options: undefined }, (error) => {
      client.close();
      if (error) reject(error);
      else resolve();
    });
    return promise;
  }

  /** Replaces the device list and tells the kubelet. */
  set(devices: readonly deviceplugin.Device[]): void {
    this.#devices = devices;
    for (const stream of this.#streams) stream.write({ devices: [...devices] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.close();
  }

  #service(): deviceplugin.DevicePluginServer {
    const { options, allocate, getPreferredAllocation } = this.#options;
    const note = (method: string, request: unknown): number => this.calls.push({ method, request });
    return {
      getDevicePluginOptions: (call, done) => {
        note('options', call.request);
        if (options instanceof Error) done({ code: 2, details: options.message });
        else done(null, { preStartRequired: false, getPreferredAllocationAvailable: false, ...options });
      },
      listAndWatch: (stream) => {
        this.#streams.add(stream);
        stream.on('cancelled', () => this.#streams.delete(stream));
        stream.write({ devices: [...this.#devices] });
      },
      getPreferredAllocation: (call, done) => {
        note('getPreferredAllocation', call.request);
        const answers = call.request.containerRequests.map((one) => ({
          deviceIDs: [...(getPreferredAllocation?.(one) ?? [])],
        }));
        done(null, { containerResponses: answers });
      },
      allocate: (call, done) => {
        note('allocate', call.request);
        const answer = allocate?.(call.request.containerRequests[0]?.devicesIds ?? []);
        if (answer instanceof Error) done({ code: 2, details: answer.message });
        else if (answer === undefined && allocate !== undefined) done(null, { containerResponses: [] });
        else
          done(null, {
            containerResponses: [deviceplugin.ContainerAllocateResponse.fromPartial(answer ?? {})],
          });
      },
      preStartContainer: (call, done) => {
        note('preStart', call.request);
        done(null, {});
      },
    };
  }
}
