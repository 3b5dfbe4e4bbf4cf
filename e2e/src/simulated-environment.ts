import type { Clock } from '@rackwright/core';
import {
  installRackwright,
  type ProgramResolver,
  type RackwrightInstallation,
  SimulatedCluster,
} from '@rackwright/testbed';
import { controlPlaneAccess, nicsOf } from './control-plane-access.ts';
import { nodesOf, valuesOf } from './nodes.ts';
import { RightsAudit } from './rights.ts';
import type { Suite } from './suite.ts';
import type { TestEnvironment } from './test-environment.ts';

/** What a simulated environment is started with. */
export interface SimulatedEnvironmentOptions {
  readonly programs: ProgramResolver;
  readonly suites: readonly Suite[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** A simulated cluster with the umbrella chart installed. */
export class SimulatedEnvironment implements AsyncDisposable {
  readonly testEnv: TestEnvironment;
  readonly cluster: SimulatedCluster;
  readonly installation: RackwrightInstallation;

  private constructor(
    cluster: SimulatedCluster,
    installation: RackwrightInstallation,
    testEnv: TestEnvironment,
  ) {
    this.cluster = cluster;
    this.installation = installation;
    this.testEnv = testEnv;
  }

  static async start(options: SimulatedEnvironmentOptions): Promise<SimulatedEnvironment> {
    const { clock, signal, progress, suites } = options;
    const sidecars = suites.flatMap((suite) => suite.sidecars ?? []);
    const cluster = await SimulatedCluster.start({ ...options, nodes: nodesOf(suites), sidecars });
    try {
      const installation = await installRackwright(cluster.controlPlane, {
        ...{ clock, signal, progress },
        set: valuesOf(suites),
      });
      return new SimulatedEnvironment(cluster, installation, makeEnvironment(cluster, installation, options));
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.testEnv.kube[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
  }
}

function makeEnvironment(
  cluster: SimulatedCluster,
  installation: RackwrightInstallation,
  { clock, signal, programs, suites }: SimulatedEnvironmentOptions,
): TestEnvironment {
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
    ...controlPlaneAccess(cluster.controlPlane, { clock, programs }),
    loadBalancer: cluster.loadBalancer,
    podAddress: async (pod) => cluster.podAddress(pod) ?? '',
    fetchFromPod: (pod, port, path) => cluster.fetchFromPod(pod, port, path),
  };
}
