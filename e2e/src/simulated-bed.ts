import type { Clock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { KubeClient } from '@rackwright/kube';
import {
  demoNodes,
  installRackwright,
  type ProgramResolver,
  type RackwrightInstallation,
  SimulatedCluster,
  umbrellaChart,
} from '@rackwright/testbed';
import type { Bed } from './bed.ts';

/** What a simulated bed is started with. */
export interface SimulatedBedOptions {
  readonly programs: ProgramResolver;
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
    const { clock, signal, progress } = options;
    const cluster = await SimulatedCluster.start({ ...options, nodes: demoNodes });
    try {
      const installation = await installRackwright(cluster.controlPlane, { clock, signal, progress });
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
  { clock, signal, programs }: SimulatedBedOptions,
): Bed {
  const { controlPlane } = cluster;
  const runner = new SystemProcessRunner(clock);
  const outages: { from: number; to: number }[] = [];
  return {
    kind: 'simulated',
    clock,
    signal,
    namespace: installation.namespace,
    driver: installation.driver,
    nodes: cluster.nodes.map((node) => {
      const [first] = node.host.functions();
      return {
        name: node.name,
        nics: {
          count: node.host.nics().length,
          ...(first === undefined ? {} : { generation: first.generation }),
        },
        host: node.host,
        restartKubelet: () => node.kubelet.restart(),
      };
    }),
    kube: new KubeClient({ connection: controlPlane.admin(), clock, userAgent: 'rackwright-e2e' }),
    kubeconfig: controlPlane.adminKubeconfig,
    auditLog: controlPlane.auditLog,
    kubectl: (...args) => controlPlane.kubectl(...args),
    helm: (...args) => controlPlane.helm(...args),
    helm4: async (...args) =>
      runner.run([await programs.resolve('helm4'), ...args, '--kubeconfig', controlPlane.adminKubeconfig]),
    kubeconform: async (...args) => runner.run([await programs.resolve('kubeconform'), ...args]),
    chart: umbrellaChart,
    fetchFromPod: (pod, port, path) => cluster.fetchFromPod(pod, port, path),
    outages,
    stopApiServer: async () => {
      outages.push({ from: clock.now(), to: Number.POSITIVE_INFINITY });
      await controlPlane.stopApiServer();
    },
    startApiServer: async () => {
      await controlPlane.startApiServer();
      const last = outages.at(-1);
      if (last !== undefined) last.to = clock.now();
    },
  };
}
