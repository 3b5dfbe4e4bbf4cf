import { cxi } from '@rackwright/keys';
import type { Checked } from '../../check.ts';
import type { ClusterStatus } from '../../status.ts';

/** How to read the metrics of a NIC, and how to unplug it. */
export function hints({ cluster, installation }: Checked, status: ClusterStatus): string[] {
  const node = cluster.nodes.find((item) => item.host.hardware.cxi.nics().length > 0) ?? cluster.nodes[0];
  const device = node?.host.hardware.cxi.functions()[0];
  const exporter = status.pods.find(
    (pod) => pod.name.includes(cxi.component.metricsExporter) && pod.node === node?.name,
  );
  const address =
    exporter === undefined
      ? undefined
      : cluster.podAddress({ namespace: installation.namespace, name: exporter.name });
  return [
    ...(address === undefined ? [] : [`curl -s http://${address}:9090/metrics | grep ^cxi_device`]),
    ...(device === undefined || node === undefined
      ? []
      : [
          `rm ${node.host.folder}/sys/class/cxi/${device.name}      # unplugs ${device.name} of ${node.name}`,
        ]),
  ];
}
