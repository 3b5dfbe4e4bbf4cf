import { posix } from 'node:path';
import { pmem } from '@rackwright/keys';
import type { AgentDescriptor, HostMount, NodeLayout } from '@rackwright/manager';
import { nodeResources } from './effective.ts';
import { driverRights } from './rights.ts';

/** Port of the driver's metrics, which its probes ask too. */
export const metricsPort = { name: 'metrics', number: 10_010 } as const;

const shared = { create: true, propagation: 'Bidirectional' } as const;

/** Folders of a node that every driver needs, by the names of their volumes in the older operator. */
export function nodeFolders({ hostRoot, kubeletDir }: NodeLayout): readonly HostMount[] {
  const same = (...path: string[]) => {
    const whole = posix.join(kubeletDir, ...path);
    return { path: whole, mountPath: whole };
  };
  return [
    { name: 'mountpoint-dir', ...same('plugins/kubernetes.io/csi'), ...shared },
    { name: 'pods-dir', ...same('pods'), ...shared },
    ...hardwareFolders(hostRoot),
    // Where the runtime mounts /sys read-only the driver needs it once more.
    { name: 'sys-dir', path: posix.join(hostRoot, 'sys'), mountPath: '/host-sys', create: true },
  ];
}

/** Those through which it sees its devices. */
export function hardwareFolders(hostRoot: string): readonly HostMount[] {
  return ['dev', 'sys'].map((folder) => ({
    ...{ name: `${folder}-dir`, path: posix.join(hostRoot, folder), mountPath: `/${folder}` },
    create: true,
  }));
}

/** Folders that are called after the driver, or are for the kubelet to find it. */
export function driverFolders({ hostRoot, kubeletDir }: NodeLayout, driver: string) {
  const state = `/var/lib/${driver}`;
  return {
    socket: {
      ...{ name: 'socket-dir', path: posix.join(kubeletDir, 'plugins', driver), mountPath: '/csi' },
      create: true,
    },
    registration: {
      ...{ name: 'registration-dir', path: posix.join(kubeletDir, 'plugins_registry') },
      ...{ mountPath: '/registration', create: true },
    },
    state: { name: 'pmem-state-dir', path: posix.join(hostRoot, state), mountPath: state, ...shared },
  } as const satisfies Readonly<Record<string, HostMount>>;
}

/** What the driver on nodes is. */
export const driverDescriptor = {
  component: pmem.component.driver,
  port: metricsPort,
  privileges: {
    securityContext: { privileged: true, runAsUser: 0 },
    reason:
      'Volumes are made on block devices, formatted and mounted where the kubelet and containers see them.',
  },
  mounts: nodeFolders,
  resources: nodeResources,
  rights: driverRights,
} as const satisfies AgentDescriptor;
