import { posix } from 'node:path';
import { ai100, aidaptivCache, kubelet } from '@rackwright/keys';
import {
  type AgentDescriptor,
  containerHostRoot,
  hostFolder,
  type NodeLayout,
  nonRoot,
} from '@rackwright/manager';
import { devicePluginRights } from './rights.ts';

/** At the same path as on the node: the plugin must know how much of it sockets leave for their names. */
export function pluginDir({ kubeletDir }: Pick<NodeLayout, 'kubeletDir'>): string {
  return posix.join(kubeletDir, kubelet.devicePlugins);
}

/** Purpose of an exporter that asks the drives itself: its source is not Agent. */
export const asksDrives = 'asks-drives';

/** The taint of a node whose drives failed keeps workloads away, not what tells of the drives and brings them back. */
const tolerations = [{ key: aidaptivCache.taint, operator: 'Exists' }] as const;

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
    rights: devicePluginRights,
    tolerations,
  },
  [ai100.component.exporter]: {
    component: ai100.component.exporter,
    port: { name: 'metrics', number: 9299 },
    privileges: {
      securityContext: nonRoot,
      reason: 'sysfs shows it enough, and the device plugin leaves the rest for it in a file.',
    },
    privilegesFor: {
      [asksDrives]: {
        securityContext: { privileged: true, runAsUser: 0, runAsGroup: 0, readOnlyRootFilesystem: true },
        hostPID: true,
        reason:
          "nvme-cli runs in the namespaces of the host's first process; a drive takes its commands from privileged containers only.",
      },
    },
    mounts: (layout) => [
      hostFolder(layout, '/sys', { readOnly: true }),
      hostFolder(layout, '/proc', { readOnly: true, purpose: asksDrives }),
      // The device plugin makes the file anew each time: the folder has to be there.
      hostFolder(layout, '/run/ai100', { readOnly: true, create: true }),
    ],
    resources: { requests: { cpu: '10m', memory: '40Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
    startsBesideOld: true,
    tolerations,
  },
} as const satisfies Readonly<Record<string, AgentDescriptor>>;
