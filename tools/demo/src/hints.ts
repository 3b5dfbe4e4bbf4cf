import { cxi } from '@rackwright/keys';
import type { RackwrightInstallation, SimulatedCluster } from '@rackwright/testbed';
import type { ClusterStatus } from './status.ts';

/** The lines a user may type into another terminal. */
export function hints(
  cluster: SimulatedCluster,
  status: ClusterStatus,
  installation: RackwrightInstallation,
): string[] {
  const node = cluster.nodes.find((item) => item.host.nics().length > 0) ?? cluster.nodes[0];
  const device = node?.host.functions()[0];
  const exporter = status.pods.find(
    (pod) => pod.name.includes(cxi.component.metricsExporter) && pod.node === node?.name,
  );
  const address =
    exporter === undefined
      ? undefined
      : cluster.podAddress({ namespace: installation.namespace, name: exporter.name });
  return [
    'TRY',
    `  export KUBECONFIG=${cluster.controlPlane.adminKubeconfig}`,
    `  ${cluster.kubectlPath} get hw -o wide`,
    ...(address === undefined ? [] : [`  curl -s http://${address}:9090/metrics | grep ^cxi_device`]),
    ...(device === undefined || node === undefined
      ? []
      : [
          `  rm ${node.host.folder}/sys/class/cxi/${device.name}      # unplugs ${device.name} of ${node.name}`,
        ]),
    '  Ctrl-C ends everything and leaves nothing behind.',
  ];
}
