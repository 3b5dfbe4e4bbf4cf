import { type ClientReadableStream, credentials, type ServiceError } from '@grpc/grpc-js';
import { type Clock, errorMessage, HwError, withDeadline } from '@rackwright/core';
import { deviceplugin } from '@rackwright/kubelet';

/** How long the kubelet tries to reach a plugin that registered. */
const dialTimeoutMs = 10_000;
/** The kubelet's limit for PreStartContainer. */
const preStartTimeoutMs = 30_000;
/** What a Go gRPC client accepts at most; a longer device list ends the stream. */
const maxReceiveBytes = 4 * 1024 * 1024;

/** The kubelet's end of one registered plugin. */
export class PluginConnection {
  readonly resource: string;
  readonly #socket: string;
  readonly #client: deviceplugin.DevicePluginClient;
  readonly #clock: Clock;
  #stream: ClientReadableStream<deviceplugin.ListAndWatchResponse> | undefined;
  #options: deviceplugin.DevicePluginOptions = {
    preStartRequired: false,
    getPreferredAllocationAvailable: false,
  };
  #stoppedAt: number | undefined;

  constructor(resource: string, socket: string, clock: Clock) {
    this.resource = resource;
    this.#socket = socket;
    this.#clock = clock;
    this.#client = new deviceplugin.DevicePluginClient(`unix:${socket}`, credentials.createInsecure(), {
      // The kubelet names its peer so; some servers refuse a path as authority.
      'grpc.default_authority': 'localhost',
      'grpc.max_receive_message_length': maxReceiveBytes,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /**
   * Dials the plugin and asks for its options, which overrule those it registered with.
   *
   * @throws HwError Unavailable when nobody answers on the socket or the plugin refuses
   */
  async connect(): Promise<void> {
    const client = this.#client;
    try {
      await withDeadline(this.#clock, dialTimeoutMs, 'dialling the plugin', () => ready(client));
      this.#options = await call<deviceplugin.DevicePluginOptions>((done) =>
        client.getDevicePluginOptions({}, done),
      );
    } catch (cause) {
      client.close();
      const what = `cannot reach the device plugin of ${this.resource} at ${this.#socket}`;
      throw new HwError('Unavailable', `${what}: ${errorMessage(cause)}`, { cause });
    }
  }

  get options(): deviceplugin.DevicePluginOptions {
    return this.#options;
  }

  /** When the connection ended (clock time), or undefined while it lives. */
  get stoppedAt(): number | undefined {
    return this.#stoppedAt;
  }

  /** Follows the device list until the stream ends; then calls `ended` once. */
  watch(list: (devices: readonly deviceplugin.Device[]) => void, ended: (reason: string) => void): void {
    const stream = this.#client.listAndWatch({});
    this.#stream = stream;
    let over = false;
    const finish = (reason: string): void => {
      if (!over) ended(reason);
      over = true;
    };
    stream.on('data', (response) => {
      if (this.#stoppedAt === undefined) list(response.devices);
    });
    stream.on('error', (error) => finish(error.message));
    stream.on('end', () => finish('the plugin ended the stream'));
  }

  async preferred(
    available: readonly string[],
    mustInclude: readonly string[],
    size: number,
  ): Promise<readonly string[]> {
    this.#checkRunning();
    const request = {
      containerRequests: [
        { availableDeviceIDs: [...available], mustIncludeDeviceIDs: [...mustInclude], allocationSize: size },
      ],
    };
    const response = await call<deviceplugin.PreferredAllocationResponse>((done) =>
      this.#client.getPreferredAllocation(request, done),
    );
    return response.containerResponses[0]?.deviceIDs ?? [];
  }

  /** @throws HwError FailedPrecondition when the plugin's answer lacks the container */
  async allocate(ids: readonly string[]): Promise<deviceplugin.ContainerAllocateResponse> {
    this.#checkRunning();
    const response = await call<deviceplugin.AllocateResponse>((done) =>
      this.#client.allocate({ containerRequests: [{ devicesIds: [...ids] }] }, done),
    );
    const first = response.containerResponses[0];
    if (first === undefined) {
      throw new HwError(
        'FailedPrecondition',
        `the device plugin of ${this.resource} answered Allocate with no container`,
      );
    }
    return first;
  }

  async preStart(ids: readonly string[]): Promise<void> {
    this.#checkRunning();
    await withDeadline(this.#clock, preStartTimeoutMs, 'PreStartContainer', () =>
      call<deviceplugin.PreStartContainerResponse>((done) =>
        this.#client.preStartContainer({ devicesIds: [...ids] }, done),
      ),
    );
  }

  /** Nothing is asked of the plugin any more. */
  retire(): void {
    this.#stoppedAt ??= this.#clock.now();
  }

  /** Closes the connection. */
  stop(): void {
    this.retire();
    this.#stream?.cancel();
    this.#client.close();
  }

  #checkRunning(): void {
    if (this.#stoppedAt !== undefined) {
      throw new HwError('Unavailable', `the device plugin of ${this.resource} has gone`);
    }
  }
}

function ready(client: deviceplugin.DevicePluginClient): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.waitForReady(Number.POSITIVE_INFINITY, (error) => (error ? reject(error) : resolve()));
  return promise;
}

function call<T>(start: (done: (error: ServiceError | null, response: T) => void) => unknown): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  start((error, response) => (error ? reject(error) : resolve(response)));
  return promise;
}
