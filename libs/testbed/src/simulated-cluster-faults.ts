import { HwError } from '@rackwright/core';
import type { Fault } from '@rackwright/simulator';
import type { SimulatedCluster } from './simulated-cluster.ts';

/** The kubelet of a node stops and starts again at once; its containers keep running. */
export function kubeletRestart(cluster: SimulatedCluster, options: { readonly node: string }): Fault {
  return {
    name: 'kubelet-restart',
    description: `the kubelet of ${options.node} restarts`,
    apply: () => cluster.node(options.node).kubelet.restart(),
  };
}

/** The kubelet of a node is away until the fault is reverted; its containers keep running. */
export function kubeletAway(cluster: SimulatedCluster, options: { readonly node: string }): Fault {
  const { kubelet } = cluster.node(options.node);
  return {
    name: 'kubelet-away',
    description: `the kubelet of ${options.node} is stopped`,
    apply: () => kubelet.stop(),
    revert: () => kubelet.resume(),
  };
}

/** The API server is away until the fault is reverted. */
export function apiServerAway(cluster: SimulatedCluster): Fault {
  return {
    name: 'api-server-away',
    description: 'the API server is stopped',
    apply: () => cluster.controlPlane.stopApiServer(),
    revert: () => cluster.controlPlane.startApiServer(),
  };
}

/** The main process of a container is killed, as by the out-of-memory killer. */
export function containerKill(
  cluster: SimulatedCluster,
  options: { readonly namespace: string; readonly pod: string; readonly container: string },
): Fault {
  const { namespace, pod, container } = options;
  return {
    name: 'container-kill',
    description: `container ${container} of pod ${namespace}/${pod} is killed`,
    apply: () => {
      for (const { kubelet } of cluster.nodes) {
        const found = kubelet
          .pods()
          .find((one) => one.metadata?.namespace === namespace && one.metadata.name === pod);
        const records = kubelet.runtime.list(found?.metadata?.uid ?? '');
        const record = records.find((one) => one.name === container && one.state === 'running');
        if (record !== undefined) return kubelet.runtime.stop(record.id, 0);
      }
      return Promise.reject(new HwError('NotFound', `no container ${container} of ${namespace}/${pod} runs`));
    },
  };
}

/** Everything that can go wrong with a simulated cluster beside its hosts. */
export const clusterFaults = { kubeletRestart, kubeletAway, apiServerAway, containerKill } as const;
