import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@rackwright/host';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { writePrivate } from '../control-plane/run-folder.ts';
import { registryHosts } from '../image-registry/image-registry.ts';
import {
  containerdConfiguration,
  kubeletConfiguration,
  networkConfiguration,
  type TopologyPolicy,
} from './configuration.ts';
import { type NodeLayout, registriesFolder } from './layout.ts';
import { writeProxyFiles } from './service-proxy.ts';

/** Writes everything programs of the node read at their start. */
export async function writeNodeFiles(
  layout: NodeLayout,
  controlPlane: ControlPlane,
  { topologyPolicy, registry }: { readonly topologyPolicy: TopologyPolicy; readonly registry: string },
): Promise<void> {
  // containerd's name for what holds for all registries that have no folder of their own.
  const registries = join(registriesFolder(layout), '_default');
  const cni = join(layout.folder, 'cni');
  for (const folder of [layout.kubeletRoot, layout.containerdRoot, layout.logs, cni, registries]) {
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
  await writeFile(join(registries, 'hosts.toml'), registryHosts(registry));
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
