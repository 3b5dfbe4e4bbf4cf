import { HwError } from '@rackwright/core';
import { type KubeClient, resources } from '@rackwright/kube';
import {
  demoNodes,
  httpGet,
  installRackwright,
  nodeHostRoot,
  type RackwrightInstallation,
  RealCluster,
  type RealClusterOptions,
} from '@rackwright/testbed';
import type { Bed } from './bed.ts';
import { controlPlaneFaces, nicsOf } from './control-plane-faces.ts';

/** What a bed of real nodes is started with. */
export type NodeBedOptions = Omit<RealClusterOptions, 'nodes' | 'signal'> & { readonly signal: AbortSignal };

/** The hardware is below a folder of each node instead of its own /sys and /dev. */
const values = [`global.host.root=${nodeHostRoot}`];

/** Real kubelets with the umbrella chart installed and the simulated hardware where a host has its own. */
export class NodeBed implements AsyncDisposable {
  readonly bed: Bed;
  readonly cluster: RealCluster;

  private constructor(cluster: RealCluster, bed: Bed) {
    this.cluster = cluster;
    this.bed = bed;
  }

  static async start(options: NodeBedOptions): Promise<NodeBed> {
    const { clock, signal, progress = () => undefined } = options;
    const cluster = await RealCluster.start({ ...options, nodes: demoNodes });
    try {
      const installation = await installRackwright(cluster.controlPlane, {
        ...{ clock, signal, progress },
        set: values,
      });
      return new NodeBed(cluster, makeBed(cluster, installation, options));
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bed.kube[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
  }
}

function makeBed(cluster: RealCluster, installation: RackwrightInstallation, options: NodeBedOptions): Bed {
  const { clock, signal } = options;
  const faces = controlPlaneFaces(cluster.controlPlane, options);
  return {
    kind: 'node',
    clock,
    signal,
    namespace: installation.namespace,
    driver: installation.driver,
    values,
    nodes: cluster.nodes.map((node) => ({
      name: node.name,
      nics: nicsOf(node.host),
      host: node.host,
      restartKubelet: () => node.restartKubelet(),
    })),
    ...faces,
    fetchFromPod: async (pod, port, path) =>
      httpGet({ host: await podAddress(faces.kube, pod), port, path, clock }),
  };
}

async function podAddress(
  kube: KubeClient,
  pod: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const { status } = await kube.get(resources.pods, pod);
  if (status?.podIP === undefined) {
    throw new HwError('NotFound', `pod ${pod.namespace}/${pod.name} has no address yet`);
  }
  return status.podIP;
}
