import type { Clock } from '@rackwright/core';
import {
  installRackwright,
  type ProgramResolver,
  type RackwrightInstallation,
  SimulatedCluster,
} from '@rackwright/testbed';
import type { Bed } from './bed.ts';
import { controlPlaneFaces, nicsOf } from './control-plane-faces.ts';
import { nodesOf, valuesOf } from './nodes.ts';
import { RightsAudit } from './rights.ts';
import type { Suite } from './suite.ts';

/** What a simulated bed is started with. */
export interface SimulatedBedOptions {
  readonly programs: ProgramResolver;
  readonly suites: readonly Suite[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** A simulated cluster with the umbrella chart installed. */
export class SimulatedBed implements AsyncDisposable {
  readonly bed: Bed;
  readonly cluster: SimulatedCluster;
  readonly installation: RackwrightInstallation;

  private constructor(cluster: SimulatedCluster, installation: RackwrightInstallation, bed: Bed) {
    this.cluster = cluster;
    this.installation = installation;
    this.bed = bed;
  }

  static async start(options: SimulatedBedOptions): Promise<SimulatedBed> {
    const { clock, signal, progress, suites } = options;
    const cluster = await SimulatedCluster.start({ ...options, nodes: nodesOf(suites) });
    try {
      const installation = await installRackwright(cluster.controlPlane, {
        ...{ clock, signal, progress },
        set: valuesOf(suites),
      });
      return new SimulatedBed(cluster, installation, makeBed(cluster, installation, options));
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

function makeBed(
  cluster: SimulatedCluster,
  installation: RackwrightInstallation,
  { clock, signal, programs, suites }: SimulatedBedOptions,
): Bed {
  return {
    kind: 'simulated',
    clock,
    signal,
    namespace: installation.namespace,
    driver: installation.driver,
    values: valuesOf(suites),
    rights: new RightsAudit(suites),
    nodes: cluster.nodes.map((node) => ({
      name: node.name,
      nics: nicsOf(node.host),
      host: node.host,
      restartKubelet: () => node.kubelet.restart(),
      alignDevices: (topologyPolicy) => node.kubelet.restart({ topologyPolicy }),
    })),
    ...controlPlaneFaces(cluster.controlPlane, { clock, programs }),
    loadBalancer: cluster.loadBalancer,
    podAddress: async (pod) => cluster.podAddress(pod) ?? '',
    fetchFromPod: (pod, port, path) => cluster.fetchFromPod(pod, port, path),
  };
}
