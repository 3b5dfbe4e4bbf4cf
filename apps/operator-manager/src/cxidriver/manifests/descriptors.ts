import { posix } from 'node:path';
import { cxi, kubelet, rackwright } from '@rackwright/keys';
import type { PolicyRule } from '@rackwright/kube';
import {
  type AgentDescriptor,
  type HostMount,
  hostFolder,
  type NodeLayout,
  nonRoot,
  rootWithoutCapabilities,
} from '@rackwright/manager';
import type { Component } from '../component.ts';

/** Where the device plugin finds what belongs to the kubelet and the container runtime. */
export const podResourcesDir = '/var/lib/kubelet/pod-resources';
export const cdiDir = '/var/run/cdi';

/** Mounts of agents that hand libfabric and libcxi to containers. */
export const libraries = 'libraries';

type MountAccess = Partial<Pick<HostMount, 'readOnly' | 'propagation'>>;

/** cxi_rh mounts one FUSE folder per NIC there; only its supervisor passes mounts on to the host. */
function retryHandlerStatistics(layout: NodeLayout, access: MountAccess): HostMount {
  const { propagation, ...rest } = access;
  return hostFolder(layout, '/run/cxi', {
    ...(propagation === undefined ? {} : { propagation }),
    ...{ create: true, ...rest },
  });
}

/** What the agents of one node leave for each other. */
function state(layout: NodeLayout, access: MountAccess = {}): HostMount {
  return hostFolder(layout, rackwright.stateDir, { create: true, ...access });
}

/** What a driver agent may do. */
const driverAgentRules: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] },
  { apiGroups: [''], resources: ['nodes/status'], verbs: ['patch'] },
  {
    ...{ apiGroups: [cxi.group], resources: ['cxidevices'] },
    verbs: ['list', 'watch', 'create', 'patch', 'delete'],
  },
  { apiGroups: [cxi.group], resources: ['cxidevices/status'], verbs: ['patch'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];

/** At the same path as on the node: the plugin must know how much of it sockets leave for their names. */
export function pluginDir({ kubeletDir }: Pick<NodeLayout, 'kubeletDir'>): string {
  return posix.join(kubeletDir, kubelet.devicePlugins);
}

const readOnly = { readOnly: true } as const;
const readMounts = { ...readOnly, propagation: 'HostToContainer' } as const;

/** What the node agents of the CXI family are. */
export const descriptors = {
  [cxi.component.driverAgent]: {
    component: cxi.component.driverAgent,
    port: { name: 'health', number: 8081 },
    privileges: {
      securityContext: rootWithoutCapabilities,
      reason:
        'It reads what it verifies, and some of sysfs is for root only. It needs no capability while it does not load modules itself.',
    },
    mounts: (layout) => [
      hostFolder(layout, '/sys', readOnly),
      hostFolder(layout, '/proc', readOnly),
      hostFolder(layout, '/dev', readOnly),
      retryHandlerStatistics(layout, readMounts),
      state(layout),
    ],
    resources: { requests: { cpu: '10m', memory: '40Mi' }, limits: { cpu: '200m', memory: '128Mi' } },
    rights: { cluster: driverAgentRules },
  },
  [cxi.component.devicePlugin]: {
    component: cxi.component.devicePlugin,
    port: { name: 'health', number: 8082 },
    privileges: {
      securityContext: rootWithoutCapabilities,
      reason: "The kubelet's socket folder belongs to root.",
    },
    // The kubelet and the container runtime are the node's own, also where the host tree is a simulated one.
    mounts: (layout) => [
      hostFolder(layout, '/sys', readOnly),
      hostFolder(layout, '/dev', readOnly),
      state(layout, readOnly),
      // Where libfabric and libcxi live, and what their links point to: CDI hands them to containers.
      hostFolder(layout, '/usr', { ...readOnly, purpose: libraries }),
      hostFolder(layout, '/opt/cray', { ...readOnly, create: true, purpose: libraries }),
      { name: 'device-plugins', path: pluginDir(layout), mountPath: pluginDir(layout) },
      {
        name: 'pod-resources',
        path: posix.join(layout.kubeletDir, 'pod-resources'),
        ...{ mountPath: podResourcesDir, ...readOnly },
      },
      { name: 'cdi', path: layout.cdiDir, mountPath: cdiDir, create: true },
    ],
    resources: { requests: { cpu: '10m', memory: '40Mi' }, limits: { cpu: '200m', memory: '128Mi' } },
    // The node has no NIC for new pods while no plugin is registered.
    startsBesideOld: true,
  },
  [cxi.component.retryHandler]: {
    component: cxi.component.retryHandler,
    port: { name: 'health', number: 8080 },
    privileges: {
      securityContext: { privileged: true, runAsUser: 0, runAsGroup: 0, readOnlyRootFilesystem: true },
      reason:
        "cxi_rh is started in the host's mount namespace, maps the NIC's registers, pins memory, and mounts a FUSE folder with its statistics that must reach the host, which only privileged containers may pass on.",
    },
    mounts: (layout) => [
      hostFolder(layout, '/sys'),
      hostFolder(layout, '/proc', readOnly),
      hostFolder(layout, '/dev'),
      hostFolder(layout, '/usr', readOnly),
      hostFolder(layout, '/etc', readOnly),
      retryHandlerStatistics(layout, { propagation: 'Bidirectional' }),
      state(layout),
    ],
    // Every cxi_rh of the node runs in this container and retries the data path's packets: a limit
    // would slow all of them down, or kill one, which costs a reboot.
    resources: { requests: { cpu: '10m', memory: '48Mi' } },
    terminationGracePeriodSeconds: 60,
  },
  [cxi.component.metricsExporter]: {
    component: cxi.component.metricsExporter,
    port: { name: 'metrics', number: 9090 },
    privileges: {
      securityContext: nonRoot,
      reason: 'It needs no root: sysfs shows it enough, and cxi_rh mounts its statistics for every user.',
    },
    mounts: (layout) => [
      hostFolder(layout, '/sys', readOnly),
      hostFolder(layout, '/proc', readOnly),
      retryHandlerStatistics(layout, readMounts),
      state(layout, readOnly),
    ],
    resources: { requests: { cpu: '10m', memory: '40Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
  },
} as const satisfies { readonly [C in Component]: AgentDescriptor<C> };
