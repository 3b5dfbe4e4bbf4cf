import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { CsiClient, csi } from '@rackwright/csi';
import { createMetrics, HealthChecks } from '@rackwright/service';
import { type DriverContext, start } from '../app.ts';

/** What a driver is given that others have of the process. */
export type DriverParts = Partial<Pick<DriverContext, 'clock' | 'logger' | 'runner'>>;

/** A driver on a folder of its own, and a client of its socket. */
export class TestDriver implements AsyncDisposable {
  readonly folder: string;
  readonly state: string;
  readonly client: CsiClient;
  readonly context: DriverContext;
  readonly #running: Promise<void>;

  private constructor(folder: string, context: DriverContext) {
    this.folder = folder;
    this.state = join(folder, 'state');
    this.context = context;
    this.client = new CsiClient({ endpoint: context.config.endpoint, clock: systemClock });
    this.#running = run(context);
  }

  /** @param folder of an earlier driver, to start one in its place */
  static async start(
    folder?: string,
    config: Partial<DriverContext['config']> = {},
    parts: DriverParts = {},
  ): Promise<TestDriver> {
    const root = folder ?? (await mkdtemp(join(tmpdir(), 'pmem-')));
    await mkdir(join(root, 'pods'), { recursive: true });
    const driver = new TestDriver(root, { ...contextOf(root, config), ...parts });
    await driver.#untilServed();
    return driver;
  }

  async #untilServed(): Promise<void> {
    const { health } = this.context;
    const deadline = systemClock.monotonic() + 30_000;
    while (!(await health.ready()).ok) {
      if (systemClock.monotonic() > deadline) throw new Error('the driver does not serve its socket');
      await Promise.race([this.#running, systemClock.sleep(5)]);
    }
  }

  /** Ends it as SIGTERM does, with its folder left. */
  async stop(): Promise<void> {
    this.context.lifetime.stop();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    // What a failed test left mounted keeps its folder, and must not hide why it failed.
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }

  /** A volume as a StorageClass would ask for it. */
  async create(name: string, change: Partial<csi.CreateVolumeRequest> = {}): Promise<csi.Volume> {
    const request = { ...createRequest(name), ...change };
    const { volume } = await this.client.call(csi.ControllerService.createVolume, request);
    if (volume === undefined) throw new Error('no volume');
    return volume;
  }
}

async function run(context: DriverContext): Promise<void> {
  await using lifetime = context.lifetime;
  await start({ ...context, lifetime });
}

function contextOf(root: string, config: Partial<DriverContext['config']>): DriverContext {
  return {
    version: '0.0.0-test',
    config: {
      ...{ driverName: 'pmem-csi.intel.com', nodeId: 'node-1', endpoint: `unix://${root}/csi.sock` },
      ...{ mode: 'node', deviceManager: 'fake', statePath: join(root, 'state'), pmemPercentage: 100 },
      ...{ nodeSelector: '{}', metricsListen: '', metricsPath: '/metrics', verbosity: 3 },
      ...{ loggingFormat: 'text', hostRoot: '/', kubeApiQps: undefined, kubeApiBurst: undefined },
      ...{
        nodeExpansion: false,
        registryEndpoint: '',
        controllerEndpoint: '',
        caFile: '',
        certFile: '',
        keyFile: '',
      },
      ...{ clientCertFile: '', clientKeyFile: '', testEndpoint: undefined },
      ...{ schedulerListen: undefined, insecureSchedulerListen: undefined },
      ...config,
    },
    logger: silentLogger,
    clock: systemClock,
    lifetime: new Lifetime(),
    env: {},
    metrics: createMetrics({ app: 'pmem-csi-driver', version: 'test', startedAtMs: 0 }),
    health: new HealthChecks({ clock: systemClock }),
  };
}

/** What the provisioner sends for a claim of 1 GiB with ext4. */
export function createRequest(name: string): csi.CreateVolumeRequest {
  return {
    name,
    capacityRange: { requiredBytes: 2n ** 30n, limitBytes: 0n },
    volumeCapabilities: [mounted()],
    parameters: {},
    secrets: {},
    volumeContentSource: undefined,
    accessibilityRequirements: undefined,
    mutableParameters: {},
  };
}

/** A file system for one node. */
export function mounted(
  fsType = '',
  mode: number = csi.VolumeCapability_AccessMode_Mode.SINGLE_NODE_WRITER,
): csi.VolumeCapability {
  return {
    accessType: { $case: 'mount', mount: { fsType, mountFlags: [], volumeMountGroup: '' } },
    accessMode: { mode: mode as csi.VolumeCapability_AccessMode_Mode },
  };
}

/** A raw block device for one node. */
export function raw(): csi.VolumeCapability {
  return { ...mounted(), accessType: { $case: 'block', block: {} } };
}

/** What the kubelet sends to give a volume to a pod. */
export function publishRequest(
  volumeId: string,
  targetPath: string,
  change: Partial<csi.NodePublishVolumeRequest> = {},
): csi.NodePublishVolumeRequest {
  return {
    ...{ volumeId, targetPath, publishContext: {}, stagingTargetPath: '/staging' },
    ...{ volumeCapability: mounted(), readonly: false, secrets: {}, volumeContext: {} },
    ...change,
  };
}
