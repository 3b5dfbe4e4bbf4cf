import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, HwError, Lifetime, type Logger, silentLogger } from '@rackwright/core';
import { KubeClient } from '@rackwright/kube';
import { SimulatedHost } from '@rackwright/simulator';
import { ControlPlane } from '../control-plane/control-plane.ts';
import type { NodeSpec } from '../demo-nodes.ts';
import { aistoreRegistry } from '../image-registry/aistore-registry.ts';
import { ImageRegistry } from '../image-registry/image-registry.ts';
import { LoadBalancer } from '../network/load-balancer.ts';
import type { ProgramResolver } from '../programs/resolver.ts';
import { writeSidecarArchives } from '../sidecars/sidecar-archive.ts';
import type { SidecarName } from '../sidecars/sidecar-images.ts';
import { watchTriggers } from '../simulated-cluster-node.ts';
import { untilNodesUsable } from '../usable-nodes.ts';
import { LocalVolumes } from '../volumes/local-volumes.ts';
import { startClusterNetwork } from './cluster-network.ts';
import type { TopologyPolicy } from './configuration.ts';
import { controlPlaneAddress, nodeLayout } from './layout.ts';
import { namespacesFolder } from './namespaces.ts';
import { checkNeeds } from './needs.ts';
import { prepareNetwork } from './network.ts';
import { archivesOf } from './node-images.ts';
import { RealNode } from './real-node.ts';

/** How a cluster of real nodes is started. */
export interface RealClusterOptions {
  readonly programs: Pick<ProgramResolver, 'resolve' | 'resolveAll'>;
  readonly nodes: readonly (NodeSpec & { readonly topologyPolicy?: TopologyPolicy })[];
  /** Folder of OCI archives, those of the apps and of the environment's own images. */
  readonly images: string;
  /** Sidecars of CSI drivers that pods may have; their programs are found or built. Default none. */
  readonly sidecars?: readonly SidecarName[];
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly progress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** What a real node needs beside the control plane. */
const nodePrograms = [
  'kubelet',
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
  'kube-proxy',
  'coredns',
] as const;

/**
 * A real control plane with real nodes: kubelet, containerd and runc, one set
 * of each per node. All nodes are on this machine, each with mounts of its own,
 * inside the same namespaces; only the hardware is simulated.
 */
export class RealCluster implements AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly nodes: readonly RealNode[];
  /** Gives Services of type LoadBalancer their addresses. */
  readonly loadBalancer: LoadBalancer;
  readonly #lifetime: Lifetime;

  private constructor(
    controlPlane: ControlPlane,
    nodes: readonly RealNode[],
    loadBalancer: LoadBalancer,
    lifetime: Lifetime,
  ) {
    this.controlPlane = controlPlane;
    this.loadBalancer = loadBalancer;
    this.nodes = nodes;
    this.#lifetime = lifetime;
  }

  /**
   * Starts everything and waits until the scheduler may use every node. The
   * process must have been started by {@link runInNamespaces}.
   *
   * @throws HwError FailedPrecondition when the machine lacks something, and what starting a part throws
   */
  static async start(options: RealClusterOptions): Promise<RealCluster> {
    const { env, clock, programs, signal, progress = () => undefined, logger = silentLogger } = options;
    await checkNeeds(env);
    const folder = namespacesFolder(env);
    if (folder === undefined)
      throw new HwError(
        'FailedPrecondition',
        'real nodes start only in namespaces of their own (runInNamespaces)',
      );
    const lifetime = new Lifetime({ logger });
    try {
      const paths = await programs.resolveAll(nodePrograms, signal);
      const sidecars = await programs.resolveAll(options.sidecars ?? [], signal);
      const archives = await writeSidecarArchives(join(folder, 'sidecars'), sidecars);
      await prepareNetwork(clock);
      const contents = await aistoreRegistry(join(options.images, 'workload.oci.tar'), env);
      const registry = lifetime.use(await ImageRegistry.listen(controlPlaneAddress, contents));
      const controlPlane = lifetime.use(
        await ControlPlane.start({
          ...{ programs, clock, logger, progress, components: ['controller-manager', 'scheduler'] },
          ...{ folder: join(folder, 'control-plane'), advertiseAddress: controlPlaneAddress },
          ...(signal === undefined ? {} : { signal }),
        }),
      );
      await using client = new KubeClient({
        ...{ clock, connection: controlPlane.admin(), userAgent: 'rackwright-testbed' },
      });
      const names = options.nodes.map(({ name }) => name);
      const proxy = await startClusterNetwork(
        { controlPlane, programs: paths, folder, node: names[0] ?? '', client, clock, signal },
        lifetime,
      );
      const nodes: RealNode[] = [];
      for (const [i, spec] of options.nodes.entries()) {
        progress(`starting node ${spec.name}`);
        const layout = nodeLayout(folder, spec.name, i + 1);
        await mkdir(layout.folder, { recursive: true });
        const host = await SimulatedHost.create(layout.host, { ...spec.host, devNodes: 'char' }, clock);
        lifetime.use(watchTriggers({ name: spec.name, host }, logger));
        const { topologyPolicy = 'none' } = spec;
        nodes.push(
          lifetime.use(
            await RealNode.start({
              ...{ layout, host, topologyPolicy, controlPlane, programs: paths, clock },
              numaNodes: spec.host.numaNodes ?? 4,
              images: archivesOf(options.images, archives),
              registry: registry.url,
              ...(signal === undefined ? {} : { signal }),
            }),
          ),
        );
      }
      await untilNodesUsable(client, names, { clock, signal });
      await proxy.untilProxied({ clock, signal });
      for (const node of nodes) await node.untilProxied();
      const addOn = { clock, logger, connection: controlPlane.admin() };
      const loadBalancer = lifetime.use(LoadBalancer.start(addOn));
      lifetime.use(await LocalVolumes.start(addOn));
      return new RealCluster(controlPlane, nodes, loadBalancer, lifetime);
    } catch (error) {
      await lifetime[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @throws HwError NotFound */
  node(name: string): RealNode {
    const node = this.nodes.find((one) => one.name === name);
    if (node === undefined) throw new HwError('NotFound', `the cluster has no node ${name}`);
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
  }
}
