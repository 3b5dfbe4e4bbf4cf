import { posix } from 'node:path';
import { ai100, kubelet } from '@rackwright/keys';
import { type AgentDescriptor, containerHostRoot, type NodeLayout } from '@rackwright/manager';

/** At the same path as on the node: the plugin must know how much of it sockets leave for their names. */
function pluginDir({ kubeletDir }: Pick<NodeLayout, 'kubeletDir'>): string {
  return posix.join(kubeletDir, kubelet.devicePlugins);
}

/** What the node agents of the AI100 family are. */
export const ai100Descriptors = {
  [ai100.component.devicePlugin]: {
    component: ai100.component.devicePlugin,
    port: { name: 'health', number: 8084 },
    privileges: {
      securityContext: { privileged: true, runAsUser: 0, runAsGroup: 0, readOnlyRootFilesystem: true },
      hostPID: true,
      reason:
        "LVM, mkfs, mount and nvme-cli run in the namespaces of the host's first process, so that the host's lvm.conf, udev and mounts count; drives are opened and reset.",
    },
    mounts: (layout) => [
      // All of it, with what is mounted later: where the cache is mounted is up to the user.
      { name: 'host', path: layout.hostRoot, mountPath: containerHostRoot, propagation: 'HostToContainer' },
      { name: 'device-plugins', path: pluginDir(layout), mountPath: pluginDir(layout) },
      {
        name: 'pod-resources',
        path: posix.join(layout.kubeletDir, 'pod-resources'),
        ...{ mountPath: '/var/lib/kubelet/pod-resources', readOnly: true },
      },
      { name: 'cdi', path: layout.cdiDir, mountPath: '/var/run/cdi', create: true },
    ],
    resources: { requests: { cpu: '10m', memory: '40Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
    terminationGracePeriodSeconds: 60,
  },
} as const satisfies Readonly<Record<string, AgentDescriptor>>;
