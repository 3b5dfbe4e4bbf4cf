import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@rackwright/host';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { writePrivate } from '../control-plane/run-folder.ts';
import {
  containerdConfiguration,
  kubeletConfiguration,
  networkConfiguration,
  type TopologyPolicy,
} from './configuration.ts';
import type { NodeLayout } from './layout.ts';
import { writeProxyFiles } from './service-proxy.ts';

/** Writes everything programs of the node read at their start. */
export async function writeNodeFiles(
  layout: NodeLayout,
  controlPlane: ControlPlane,
  topologyPolicy: TopologyPolicy,
): Promise<void> {
  for (const folder of [layout.kubeletRoot, layout.containerdRoot, layout.logs, join(layout.folder, 'cni')]) {
    await makeFolder(folder);
  }
  const serving = await controlPlane.certificate({
    commonName: `system:node:${layout.name}`,
    organizations: ['system:nodes'],
    hosts: [layout.name, layout.address],
  });
  const file = (name: string): string => join(layout.folder, name);
  await writePrivate(file('kubelet.crt'), serving.cert);
  await writePrivate(file('kubelet.key'), serving.key);
  await writeFile(file('ca.crt'), controlPlane.ca);
  await writeFile(file('containerd.toml'), containerdConfiguration(layout));
  await writeFile(file('cni/10-rackwright.conflist'), networkConfiguration(layout));
  await writeKubeletConfiguration(layout, topologyPolicy);
  const kubelet = { ...controlPlane.node(layout.name), server: controlPlane.advertisedServer };
  await controlPlane.kubeconfigFor(kubelet, file('kubelet.kubeconfig'));
  await writeProxyFiles(controlPlane, { node: layout.name, folder: layout.folder });
}

/** Writes how the node's next kubelet aligns devices, and all else that does not change. */
export async function writeKubeletConfiguration(
  layout: NodeLayout,
  topologyPolicy: TopologyPolicy,
): Promise<void> {
  await writeFile(join(layout.folder, 'kubelet.json'), kubeletConfiguration({ layout, topologyPolicy }));
}
