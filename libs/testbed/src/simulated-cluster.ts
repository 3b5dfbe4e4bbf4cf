import { join } from 'node:path';
import { type Clock, HwError, Lifetime, type Logger, silentLogger } from '@rackwright/core';
import { KubeClient } from '@rackwright/kube';
import { aistoreImages, type ImageResolver, type KubeletTimings, ProcessGuard } from '@rackwright/simulator';
import { ControlPlane } from './control-plane/control-plane.ts';
import type { NodeSpec } from './demo-nodes.ts';
import { httpGet } from './http-get.ts';
import { ClusterNetwork } from './network/cluster-network.ts';
import { LoadBalancer } from './network/load-balancer.ts';
import { temporaryFolder } from './process/temporary-folder.ts';
import type { ProgramResolver } from './programs/resolver.ts';
import { type SidecarName, sidecarImages } from './sidecars/sidecar-images.ts';
import { appImages, appNames, builtApps, checkBuilt } from './simulated-cluster-images.ts';
import {
  type NodeSurroundings,
  type SimulatedNode,
  startNode,
  watchTriggers,
} from './simulated-cluster-node.ts';
import { untilNodesUsable } from './usable-nodes.ts';
import { LocalVolumes } from './volumes/local-volumes.ts';

/** How a simulated cluster is started. */
export interface SimulatedClusterOptions {
  readonly programs: Pick<ProgramResolver, 'resolve' | 'resolveAll'>;
  readonly nodes: readonly NodeSpec[];
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly progress?: (line: string) => void;
  /** Gives up starting. */
  readonly signal?: AbortSignal;
  /** Folder with one folder per built app; default that of this checkout. */
  readonly apps?: string;
  /** Apps that must be built; default all. */
  readonly requiredApps?: readonly string[];
  /** Sidecars of CSI drivers that pods may have; their programs are found or built. Default none. */
  readonly sidecars?: readonly SidecarName[];
  /** Images beside ours and the simulator's own. */
  readonly images?: ImageResolver;
  /** Where they differ from `clusterTimings`. */
  readonly timings?: Partial<KubeletTimings>;
}

/** Names a pod. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** Shorter than a kubelet's own, so that people and tests wait less; all else is as in a real one. */
export const clusterTimings: Partial<KubeletTimings> = {
  nodeStatusMs: 1000,
  syncMs: 5000,
  volumeStatsMs: 5000,
};

/**
 * A real etcd, API server, controller manager and scheduler with simulated
 * nodes, on which the charts run unchanged: each container is a process
 * started from our bundles.
 */
export class SimulatedCluster implements AsyncDisposable {
  readonly controlPlane: ControlPlane;
  /** Gives Services of type LoadBalancer their addresses. */
  readonly loadBalancer: LoadBalancer;
  /** Path of the kubectl that fits. */
  readonly kubectlPath: string;
  readonly #nodes: SimulatedNode[] = [];
  readonly #options: SimulatedClusterOptions;
  readonly #around: NodeSurroundings;
  readonly #lifetime: Lifetime;

  private constructor(
    options: SimulatedClusterOptions,
    around: NodeSurroundings,
    parts: { readonly kubectlPath: string; readonly loadBalancer: LoadBalancer },
    lifetime: Lifetime,
  ) {
    this.#options = options;
    this.#around = around;
    this.#lifetime = lifetime;
    this.controlPlane = around.controlPlane;
    this.kubectlPath = parts.kubectlPath;
    this.loadBalancer = parts.loadBalancer;
  }

  /**
   * Starts everything and waits until the scheduler may use every node.
   *
   * @throws HwError FailedPrecondition when the apps are not built, and what starting the control plane throws
   */
  static async start(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
    const { programs, clock, signal, progress } = options;
    const logger = options.logger ?? silentLogger;
    const apps = options.apps ?? builtApps;
    checkBuilt(apps, options.requiredApps ?? appNames);
    const lifetime = new Lifetime({ logger });
    try {
      const kubectlPath = await programs.resolve('kubectl', signal);
      const sidecars = sidecarImages(await programs.resolveAll(options.sidecars ?? [], signal));
      const folder = lifetime.use(await temporaryFolder('rws-'));
      const guard = lifetime.use(await ProcessGuard.start([folder.path]));
      const egressSocket = join(folder.path, 'egress.sock');
      const network = lifetime.use(await ClusterNetwork.start({ socket: egressSocket, clock, logger }));
      const controlPlane = lifetime.use(
        await ControlPlane.start({
          egressSocket,
          ...{ programs, clock, logger, components: ['controller-manager', 'scheduler'] },
          folder: join(folder.path, 'control-plane'),
          ...(progress === undefined ? {} : { progress }),
          ...(signal === undefined ? {} : { signal }),
        }),
      );
      const addOn = { clock, logger, connection: controlPlane.admin() };
      await network.follow(addOn.connection);
      const loadBalancer = lifetime.use(LoadBalancer.start(addOn));
      lifetime.use(await LocalVolumes.start(addOn));
      const known = [appImages(apps), sidecars, aistoreImages(join(folder.path, 'aistore'))];
      const images: ImageResolver = (reference) =>
        options.images?.(reference) ??
        known.map((resolve) => resolve(reference)).find((image) => image !== undefined);
      const timings = { ...clusterTimings, ...options.timings };
      const around = { controlPlane, network, folder: folder.path, guard, images, timings, clock, logger };
      const cluster = new SimulatedCluster(options, around, { kubectlPath, loadBalancer }, lifetime);
      await Promise.all(options.nodes.map((spec) => cluster.#add(spec)));
      await cluster.#ready(options.nodes.map(({ name }) => name));
      return cluster;
    } catch (error) {
      await lifetime[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where a process of this machine finds the proxy that pods reach Services through, `host:port`. */
  get networkProxy(): string {
    return this.#around.network.proxyAddress;
  }

  /** The nodes in the order they were asked for. */
  get nodes(): readonly SimulatedNode[] {
    return this.#nodes;
  }

  /** @throws HwError NotFound */
  node(name: string): SimulatedNode {
    const node = this.#nodes.find((one) => one.name === name);
    if (node === undefined) throw new HwError('NotFound', `the cluster has no node ${name}`);
    return node;
  }

  /** Adds a node and waits until the scheduler may use it. */
  async addNode(spec: NodeSpec): Promise<SimulatedNode> {
    await this.#add(spec);
    await this.#ready([spec.name]);
    return this.node(spec.name);
  }

  /** The loopback address a pod that runs here listens on, or undefined. */
  podAddress({ namespace, name }: PodName): string | undefined {
    const shown = this.#nodes
      .flatMap((node) => node.kubelet.pods())
      .find((pod) => pod.metadata?.namespace === namespace && pod.metadata.name === name)?.status?.podIP;
    return shown === undefined ? undefined : this.#around.network.nodes.local(shown);
  }

  /**
   * GET http://<pod>:port/path, ten seconds at most.
   *
   * @throws HwError NotFound when the pod has no address, Unavailable for a status from 400 on
   */
  async fetchFromPod(pod: PodName, port: number, path: string): Promise<string> {
    const host = this.podAddress(pod);
    if (host === undefined) {
      throw new HwError('NotFound', `pod ${pod.namespace}/${pod.name} has no address here`);
    }
    return httpGet({ host, port, path, clock: this.#options.clock });
  }

  /** Ends every process, mount and file of the cluster. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
  }

  async #add(spec: NodeSpec): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#options.progress?.(`starting node ${spec.name}`);
    const node = await startNode(this.#around, spec);
    this.#lifetime.use(node.kubelet);
    this.#lifetime.use(watchTriggers(node, this.#around.logger));
    this.#nodes.push(node);
    const order = this.#options.nodes.map(({ name }) => name);
    // Nodes added later are in no list: they come last, in the order they were added.
    const rank = ({ name }: SimulatedNode): number =>
      order.includes(name) ? order.indexOf(name) : order.length;
    this.#nodes.sort((a, b) => rank(a) - rank(b));
  }

  async #ready(names: readonly string[]): Promise<void> {
    const { clock, signal } = this.#options;
    await using client = new KubeClient({
      ...{ clock, connection: this.controlPlane.admin(), userAgent: 'rackwright-testbed' },
    });
    await untilNodesUsable(client, names, { clock, signal });
  }
}
