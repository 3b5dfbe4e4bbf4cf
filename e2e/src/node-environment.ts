import { copyFile, cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, HwError } from '@rackwright/core';
import { type KubeClient, resources } from '@rackwright/kube';
import {
  httpGet,
  installRackwright,
  nodeHostRoot,
  type RackwrightInstallation,
  RealCluster,
  type RealClusterOptions,
  type RealNode,
} from '@rackwright/testbed';
import { controlPlaneAccess, nicsOf } from './control-plane-access.ts';
import { readyAt, startedAt } from './node-logs.ts';
import { nodesOf, valuesOf } from './nodes.ts';
import { logsFolder } from './results.ts';
import { RightsAudit } from './rights.ts';
import type { Suite } from './suite.ts';
import type { NodeControl, TestEnvironment } from './test-environment.ts';

/** What an environment of real nodes is started with. */
export type NodeEnvironmentOptions = Omit<RealClusterOptions, 'nodes' | 'signal'> & {
  readonly suites: readonly Suite[];
  readonly signal: AbortSignal;
};

/** The hardware is below a folder of each node instead of its own /sys and /dev. */
function realValuesOf(suites: readonly Suite[]): string[] {
  return [`global.host.root=${nodeHostRoot}`, ...valuesOf(suites)];
}

/** Real kubelets with the umbrella chart installed and the simulated hardware where a host has its own. */
export class NodeEnvironment implements AsyncDisposable {
  readonly testEnv: TestEnvironment;
  readonly cluster: RealCluster;

  private constructor(cluster: RealCluster, testEnv: TestEnvironment) {
    this.cluster = cluster;
    this.testEnv = testEnv;
  }

  static async start(options: NodeEnvironmentOptions): Promise<NodeEnvironment> {
    const { clock, signal, progress = () => undefined } = options;
    const sidecars = options.suites.flatMap((suite) => suite.sidecars ?? []);
    const cluster = await RealCluster.start({ ...options, nodes: nodesOf(options.suites), sidecars });
    try {
      const installation = await installRackwright(cluster.controlPlane, {
        ...{ clock, signal, progress },
        set: realValuesOf(options.suites),
      });
      return new NodeEnvironment(cluster, makeEnvironment(cluster, installation, options));
    } catch (error) {
      try {
        if (!signal.aborted) await copyLogs(cluster, logsFolder('node'));
      } catch (lost) {
        progress(`some logs of the testEnv could not be kept: ${errorMessage(lost)}`);
      } finally {
        await cluster[Symbol.asyncDispose]();
      }
      throw error;
    }
  }

  keepLogs(folder: string): Promise<void> {
    return copyLogs(this.cluster, folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.testEnv.kube[Symbol.asyncDispose]();
    } finally {
      await this.cluster[Symbol.asyncDispose]();
    }
  }
}

function makeEnvironment(
  cluster: RealCluster,
  installation: RackwrightInstallation,
  options: NodeEnvironmentOptions,
): TestEnvironment {
  const { clock, signal } = options;
  const access = controlPlaneAccess(cluster.controlPlane, options);
  return {
    kind: 'node',
    clock,
    signal,
    namespace: installation.namespace,
    driver: installation.driver,
    values: realValuesOf(options.suites),
    rights: new RightsAudit(options.suites),
    nodes: cluster.nodes.map((node) => ({
      name: node.name,
      nics: nicsOf(node.host),
      host: node.host,
      restartKubelet: () => node.restartKubelet(),
      alignDevices: async (policy) => {
        await node.restartKubelet(policy);
        await node.untilPluginsAreBack();
      },
      real: nodeControl(node),
    })),
    ...access,
    loadBalancer: cluster.loadBalancer,
    podAddress: (pod) => podAddress(access.kube, pod),
    fetchFromPod: async (pod, port, path) =>
      httpGet({ host: await podAddress(access.kube, pod), port, path, clock }),
  };
}

/** Logs of the nodes' own programs and of every container. */
async function copyLogs(cluster: RealCluster, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { layout } of cluster.nodes) {
    for (const name of ['kubelet.log', 'containerd.log', 'kube-proxy.log']) {
      await copyFile(join(layout.folder, name), join(folder, `${layout.name}-${name}`));
    }
  }
  // These last: a kubelet may be deleting some of them.
  for (const { layout } of cluster.nodes) {
    await cp(layout.logs, join(folder, layout.name), { recursive: true });
  }
}

function nodeControl(node: RealNode): NodeControl {
  return {
    restart: () => node.restart(),
    kubeletLog: () => node.kubeletLog(),
    pluginFolder: () => readdir(join(node.layout.kubeletRoot, 'device-plugins')),
    startedAt: async (id) =>
      startedAt(await readFile(join(node.layout.folder, 'containerd.log'), 'utf8'), id),
    readyAt: async (pod) => readyAt(await node.kubeletLog(), pod),
    tagImage: (from, to) => node.tagImage(from, to),
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
