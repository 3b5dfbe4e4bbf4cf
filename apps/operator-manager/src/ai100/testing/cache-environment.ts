import { fileURLToPath } from 'node:url';
import {
  type AidaptivCache,
  type AidaptivCacheNodeStatus,
  type AidaptivCacheSpecInput,
  ai100Definitions,
  aidaptivCacheNodes,
  aidaptivCaches,
} from '@rackwright/api';
import { type Clock, Latest, Lifetime, systemClock } from '@rackwright/core';
import { ai100, aidaptivCache } from '@rackwright/keys';
import {
  type DaemonSet,
  fixedConnection,
  ignoreNotFound,
  KubeClient,
  type Node,
  resources,
} from '@rackwright/kube';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import { ownInstallation } from '../../claim/own-installation.ts';
import { controllerContext } from '../../testing/controller-context.ts';
import { CountingClient } from '../../testing/counting-client.ts';
import { applyAll, familyInstallation, type Installed } from '../../testing/family-installation.ts';
import { components } from '../component.ts';
import { aidaptivCacheController } from '../controller.ts';
import { KnownExporters } from '../handshake/known-exporters.ts';
import { ai100Install } from '../install.ts';
import { ownedName } from '../manifests/identity.ts';
import type { Ai100Settings } from '../settings.ts';

const config = fileURLToPath(new URL('../../../../../config/', import.meta.url));
const deadline = 60_000;
const wait = { clock: systemClock, intervalMs: 50 };
export const namespace = 'aidaptivcache-operator';
const operator = 'aidaptivcache-operator';
const { name } = aidaptivCache;
/** What the operator of the tests was installed with. */
export const testSettings: Ai100Settings = {
  namespace,
  images: { 'ai100-device-plugin': 'registry/plugin:1', 'nvme-exporter': 'registry/exporter:1' },
  imagePullSecrets: [],
  architectures: ['amd64'],
  seLinuxType: '',
  hostRoot: '/',
  kubeletDir: '/var/lib/kubelet',
  clusterId: 'here',
  devicePluginRoles: {
    cluster: `${operator}-ai100-device-plugin`,
    namespace: `${operator}-ai100-device-plugin-namespace`,
  },
};

/** A real API server, and the AidaptivCache controller with the rights and under the policy of its installation. */
export class CacheEnvironment implements AsyncDisposable {
  readonly plane: ControlPlane;
  readonly admin: KubeClient;
  /** The operator's own client. */
  readonly client: CountingClient;
  /** Who made handshakes since the start of the operator. */
  exporters = new KnownExporters(systemClock);
  #lifetime = new Lifetime();
  /** How far the operator's clock on the wall is ahead, in milliseconds. */
  #aheadMs = 0;
  /** How many reconciles have ended. */
  reconciles = 0;

  private constructor(plane: ControlPlane, admin: KubeClient, client: CountingClient) {
    this.plane = plane;
    this.admin = admin;
    this.client = client;
  }

  static async start(): Promise<CacheEnvironment> {
    const testEnv = await CacheEnvironment.install({ namespace, name: operator });
    await testEnv.#run();
    return testEnv;
  }

  /** The operator ends and starts anew. */
  async restart(): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
    this.#lifetime = new Lifetime();
    await this.#run();
  }

  /** For the operator so much more time has passed; it looks again when something changes. */
  passTime(ms: number): void {
    this.#aheadMs += ms;
  }

  /** Exporters of these nodes make a handshake. */
  shake(...nodes: readonly string[]): void {
    for (const node of nodes) this.exporters.note({ node, version: '1.2.3', inventoryDigest: 'abc' });
  }

  /** The operator reconciles once more, and has ended that. */
  async reconcileAgain(node: string): Promise<void> {
    const before = this.reconciles;
    const metadata = { labels: { touched: String(before) } };
    await this.admin.patch(resources.nodes, { name: node }, { metadata }, { strategy: 'merge' });
    await this.until('a reconcile', async () => this.reconciles > before);
  }

  /** The same without a controller, for one installation or several; the client is that of the first. */
  static async install(...installations: readonly [Installed, ...Installed[]]): Promise<CacheEnvironment> {
    const clock = systemClock;
    const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
    const plane = await ControlPlane.start({ programs, clock });
    const admin = new KubeClient({ connection: plane.admin(), clock, userAgent: 'test' });
    const files = ai100Definitions.flatMap(({ resource: { plural, group } }) => [
      '-f',
      `${config}crd/bases/${group}_${plural}.yaml`,
    ]);
    await plane.kubectl('apply', ...files);
    await plane.untilCrdsServed();
    await applyAll(
      admin,
      installations.flatMap((one) => familyInstallation(ai100Install, one)),
    );
    const connection = await plane.serviceAccount(installations[0]);
    const client = new CountingClient({ connection, clock, userAgent: 'operator' });
    return new CacheEnvironment(plane, admin, client);
  }

  async #run(): Promise<void> {
    const { client } = this;
    const { signal } = this.#lifetime;
    const installation = await ownInstallation(client, { namespace, account: operator }, signal);
    const now = (): number => systemClock.now() + this.#aheadMs;
    const clock: Clock = Object.create(systemClock, { now: { value: now } });
    this.exporters = new KnownExporters(clock);
    const context = controllerContext(this.#lifetime, client, () => {
      this.reconciles += 1;
    });
    const parts = aidaptivCacheController({
      ...{ ...context, clock, settings: testSettings, installation, exporters: this.exporters },
      crdShortfall: new Latest<string | undefined>(undefined),
    });
    for (const part of [...context.informers.open(), ...parts.led, ...parts.always])
      this.#lifetime.spawn(part.name, (signal) => part.start(signal));
  }

  async create(spec: AidaptivCacheSpecInput = {}): Promise<void> {
    const kind = { apiVersion: 'operators.phison.com/v1beta1', kind: 'AidaptivCache' };
    await this.admin.create(aidaptivCaches, { ...kind, metadata: { name }, spec } as AidaptivCache);
  }

  async patch(spec: object): Promise<void> {
    await this.admin.patch(aidaptivCaches, { name }, { spec }, { strategy: 'merge' });
  }

  cache(): Promise<AidaptivCache | undefined> {
    return ignoreNotFound(this.admin.get(aidaptivCaches, { name }));
  }

  /** A node in which node-discovery has found drives. */
  async addNode(node: string, labels: Record<string, string> = {}): Promise<void> {
    const metadata = { name: node, labels: { 'phison.com/ai100-present': 'true', ...labels } };
    await this.admin.create(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata });
  }

  /** The device plugin of a node, with the token of its pod and more rights than it has: a refusal is the policy's. */
  async agent(node: string): Promise<KubeClient> {
    const account = ownedName(ai100.component.devicePlugin);
    const pod = await this.admin.create(resources.pods, {
      metadata: { name: `plugin-${node}`, namespace },
      spec: { serviceAccountName: account, nodeName: node, containers: [{ name: 'a', image: 'r.test/a' }] },
    });
    const { name: podName = '', uid = '' } = pod.metadata ?? {};
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: podName, uid };
    return this.#clientOf(account, { boundObjectRef });
  }

  /** Somebody with a token of the device plugins' account that names no node. */
  stranger(): Promise<KubeClient> {
    return this.#clientOf(ownedName(ai100.component.devicePlugin));
  }

  async #clientOf(account: string, spec: Parameters<KubeClient['createToken']>[1] = {}): Promise<KubeClient> {
    const { token } = await this.admin.createToken({ namespace, name: account }, spec);
    const connection = fixedConnection({ server: this.plane.server, ca: this.plane.ca, token });
    return this.#lifetime.use(new KubeClient({ connection, clock: systemClock, userAgent: 'agent' }));
  }

  node(node: string): Promise<Node> {
    return this.admin.get(resources.nodes, { name: node });
  }

  /** The device plugin of a node reports. */
  async reportFrom(node: string, status: AidaptivCacheNodeStatus): Promise<void> {
    const kind = { apiVersion: 'operators.phison.com/v1beta1', kind: 'AidaptivCacheNode' };
    const object = { ...kind, metadata: { name: node } };
    const options = { fieldManager: 'plugin', signal: AbortSignal.timeout(60_000) };
    await this.admin.apply(aidaptivCacheNodes, object, options);
    const heartbeatTime = new Date(systemClock.now() + this.#aheadMs).toISOString();
    const full = { ...object, status: { heartbeatTime, ...status } };
    await this.admin.apply(aidaptivCacheNodes, full, { ...options, subresource: 'status' });
  }

  async daemonSet(daemonSet: string): Promise<DaemonSet | undefined> {
    return ignoreNotFound(this.admin.get(resources.daemonSets, { namespace, name: daemonSet }));
  }

  /** Plays the DaemonSet controller. */
  async roll(daemonSet: string, nodes: number): Promise<void> {
    const generation = (await this.daemonSet(daemonSet))?.metadata?.generation ?? 1;
    const status = {
      observedGeneration: generation,
      desiredNumberScheduled: nodes,
      currentNumberScheduled: nodes,
      updatedNumberScheduled: nodes,
      numberAvailable: nodes,
      numberReady: nodes,
      numberMisscheduled: 0,
    };
    const options = { strategy: 'merge', subresource: 'status' } as const;
    await this.admin.patch(resources.daemonSets, { namespace, name: daemonSet }, { status }, options);
  }

  /** Plays the garbage collector, which ends what is deleted in the foreground. */
  async endAgents(): Promise<void> {
    for (const daemonSet of components.map(ownedName)) {
      await this.until(`${daemonSet} to end`, async () => {
        const found = await this.daemonSet(daemonSet);
        if (found?.metadata?.deletionTimestamp === undefined) return found === undefined;
        const key = { namespace, name: daemonSet };
        const patch = { metadata: { finalizers: null } };
        await this.admin.patch(resources.daemonSets, key, patch, { strategy: 'merge' });
        return true;
      });
    }
  }

  /** Plays the garbage collector: DaemonSets of a namespace that wait for their pods to end are gone. */
  async endPods(of: string): Promise<void> {
    const { items } = await this.admin.list(resources.daemonSets, { namespace: of });
    for (const { metadata } of items) {
      if (metadata?.deletionTimestamp === undefined) continue;
      const [key, patch] = [{ namespace: of, name: metadata.name ?? '' }, { metadata: { finalizers: [] } }];
      await ignoreNotFound(this.admin.patch(resources.daemonSets, key, patch, { strategy: 'merge' }));
    }
  }

  async until(what: string, holds: () => Promise<boolean>, deadlineMs = deadline): Promise<void> {
    await waitUntil(what, holds, { ...wait, deadlineMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
    await this.client[Symbol.asyncDispose]();
    await this.admin[Symbol.asyncDispose]();
    await this.plane[Symbol.asyncDispose]();
  }
}
