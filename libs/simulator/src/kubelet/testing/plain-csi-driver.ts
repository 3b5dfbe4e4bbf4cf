import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HwError, Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { CsiServer, csi, type NodeMethods } from '@rackwright/csi';
import type { HostRoot } from '@rackwright/host';
import { pluginregistration } from '@rackwright/kubelet';
import { UnixServer } from '../devices/unix-server.ts';

const Rpc = csi.NodeServiceCapability_RPC_Type;

const usualCapabilities = [
  Rpc.STAGE_UNSTAGE_VOLUME,
  Rpc.EXPAND_VOLUME,
  Rpc.SINGLE_NODE_MULTI_WRITER,
  Rpc.GET_VOLUME_STATS,
  Rpc.VOLUME_CONDITION,
];

/** What a test's driver can do and how it answers. */
export interface PlainCsiDriverOptions {
  readonly name: string;
  /** The node it runs on: its paths are those of the node. */
  readonly host: HostRoot;
  readonly versions?: readonly string[];
  readonly capabilities?: readonly csi.NodeServiceCapability_RPC_Type[];
  /** What is wrong with a volume that is asked for; default nothing. */
  readonly problem?: (volumeId: string) => string | undefined;
  /** Called before each call; what it throws is the answer, and after `done` the driver does nothing. */
  readonly before?: (method: string) => 'done' | undefined | Promise<'done' | undefined>;
}

/** One call of the kubelet. */
export interface CsiCallSeen {
  readonly method: string;
  readonly request: Record<string, unknown>;
}

/**
 * A CSI driver whose volumes are folders, or files, of the node, and a registrar
 * for it: what is published is a link to them. It knows nothing but its calls.
 */
export class PlainCsiDriver implements AsyncDisposable {
  readonly calls: CsiCallSeen[] = [];
  /** What the kubelet said of the registration, in order. */
  readonly told: pluginregistration.RegistrationStatus[] = [];
  readonly #options: PlainCsiDriverOptions;
  readonly #lifetime = new Lifetime();
  #registrar: UnixServer | undefined;

  private constructor(options: PlainCsiDriverOptions) {
    this.#options = options;
  }

  /** Serves the driver; it is not registered yet. */
  static async serve(options: PlainCsiDriverOptions): Promise<PlainCsiDriver> {
    const driver = new PlainCsiDriver(options);
    const socket = options.host.path(driver.endpoint);
    await mkdir(dirname(socket), { recursive: true });
    const server = new CsiServer({
      ...{ endpoint: `unix://${socket}`, clock: systemClock, logger: silentLogger },
      ...{ identity: {}, node: driver.#node(), graceMs: 0 },
    });
    driver.#lifetime.spawn('csi', (signal) => server.start(signal));
    await server.listening.until(Boolean, driver.#lifetime.signal);
    return driver;
  }

  /** Where it serves, as a path of the node. */
  get endpoint(): string {
    return `/var/lib/kubelet/plugins/${this.#options.name}/csi.sock`;
  }

  /** Opens the socket by which the kubelet finds it. */
  async register(type = 'CSIPlugin'): Promise<void> {
    const { host, name, versions = ['1.0.0'] } = this.#options;
    const path = host.path(`/var/lib/kubelet/plugins_registry/${name}-reg.sock`);
    const info = { type, name, endpoint: this.endpoint, supportedVersions: [...versions] };
    this.#registrar = await UnixServer.listen(path, pluginregistration.RegistrationService, {
      getInfo: (_, done) => done(null, info),
      notifyRegistrationStatus: (call, done) => {
        this.told.push(call.request);
        done(null, {});
      },
    } satisfies pluginregistration.RegistrationServer);
  }

  /** Takes the socket away again. */
  async deregister(): Promise<void> {
    await this.#registrar?.close();
    this.#registrar = undefined;
  }

  /** Names of the calls so far that change something. */
  get methods(): readonly string[] {
    return this.calls.map(({ method }) => method).filter((method) => !method.startsWith('nodeGet'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.deregister();
    await this.#lifetime[Symbol.asyncDispose]();
  }

  #node(): NodeMethods {
    const { host, name, before, problem, capabilities = usualCapabilities } = this.#options;
    const note = async (method: string, request: object): Promise<'done' | undefined> => {
      this.calls.push({ method, request: { ...request } });
      return before?.(method);
    };
    const rpcs = capabilities.map((type) => ({ type: { $case: 'rpc' as const, rpc: { type } } }));
    return {
      nodeGetCapabilities: async (request) => {
        await note('nodeGetCapabilities', request);
        return { capabilities: rpcs };
      },
      nodeGetInfo: async (request) => {
        await note('nodeGetInfo', request);
        const segments = { [`${name}/node`]: 'here' };
        return { nodeId: 'here', maxVolumesPerNode: 0n, accessibleTopology: { segments } };
      },
      nodeStageVolume: async (request) => {
        await note('nodeStageVolume', request);
        return {};
      },
      nodeUnstageVolume: async (request) => {
        await note('nodeUnstageVolume', request);
        return {};
      },
      nodePublishVolume: async (request) => {
        await note('nodePublishVolume', request);
        const { volumeId, targetPath, volumeCapability } = request;
        const volume = `/var/lib/${name}/${volumeId}`;
        await mkdir(host.path(dirname(volume)), { recursive: true });
        if (volumeCapability?.accessType?.$case === 'block')
          await writeFile(host.path(volume), '', { flag: 'a' });
        else await mkdir(host.path(volume), { recursive: true });
        await rm(host.path(targetPath), { force: true });
        await symlink(volume, host.path(targetPath));
        return {};
      },
      nodeUnpublishVolume: async (request) => {
        if ((await note('nodeUnpublishVolume', request)) === 'done') return {};
        await rm(host.path(request.targetPath), { force: true });
        return {};
      },
      nodeGetVolumeStats: async (request) => {
        await note('nodeGetVolumeStats', request);
        const message = problem?.(request.volumeId);
        const usage = { unit: csi.VolumeUsage_Unit.BYTES, total: 1n, used: 1n, available: 0n };
        const volumeCondition = { abnormal: message !== undefined, message: message ?? '' };
        return { usage: [usage], volumeCondition };
      },
      nodeExpandVolume: async (request) => {
        await note('nodeExpandVolume', request);
        return { capacityBytes: request.capacityRange?.requiredBytes ?? 0n };
      },
    };
  }
}

/** Where a driver's volume lies, as a path of this machine. */
export function volumeFolder(host: HostRoot, driver: string, handle: string): string {
  return host.path(join('/var/lib', driver, handle));
}

/** A refusal after which the driver is surely not at work any more. */
export function refusal(message: string): HwError {
  return new HwError('Internal', message);
}
