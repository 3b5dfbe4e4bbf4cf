import { aidaptivCacheNodes } from '@rackwright/api';
import { discovery } from '@rackwright/keys';
import type { PolicyRule } from '@rackwright/kube';
import { type AgentDescriptor, hostFolder, nonRoot } from '@rackwright/manager';
import { discovery as family } from '@rackwright/registry';
import type { FamilyInstall } from '../install/family-install.ts';
import { rule } from '../install/operator-rules.ts';
import { discoveryNodeWrites } from '../install/write-policy/discovery-writes.ts';
import { discoveryEventWrites } from '../install/write-policy/event-writes.ts';

/** No operator rolls it out; its chart comes from this. */
const descriptor: AgentDescriptor = {
  component: 'node-discovery',
  port: { name: 'health', number: 8083 },
  privileges: { securityContext: nonRoot, reason: 'All of sysfs that it reads is for everyone.' },
  mounts: (layout) => [hostFolder(layout, '/sys', { readOnly: true })],
  resources: { requests: { cpu: '10m', memory: '40Mi' }, limits: { cpu: '200m', memory: '128Mi' } },
  rights: {
    cluster: [
      rule('', 'nodes', ['get', 'patch']),
      rule('events.k8s.io', 'events', ['create', 'patch']),
      // A cache that is still there keeps the label its device plugin is scheduled by.
      rule(aidaptivCacheNodes.group, aidaptivCacheNodes.plural, ['get']),
    ],
    // When it gives the labels to Node Feature Discovery; its pod says who owns what it makes.
    namespace: [
      rule(discovery.nodeFeature.group, 'nodefeatures', ['get', 'create', 'patch', 'delete']),
      rule('', 'pods', ['get']),
    ],
  },
};

/** What comes with the installation of node-discovery. */
export const discoveryInstall = {
  family: family.name,
  agents: { 'node-discovery': descriptor },
  nodeBound: {
    'node-discovery': {
      ...{ name: 'node-discovery', who: 'node-discovery' },
      writes: [discoveryNodeWrites, discoveryEventWrites],
    },
  },
} as const satisfies FamilyInstall;

/** And in its namespace when it labels by itself where Node Feature Discovery is: an earlier mode may have left a NodeFeature. */
export const takeBackRules: readonly PolicyRule[] = [
  rule(discovery.nodeFeature.group, 'nodefeatures', ['get', 'delete']),
];

/** Beside its rights when persistent memory is told as a resource, for the agent and for the job that takes it away. */
export const resourceRules: readonly PolicyRule[] = [rule('', 'nodes/status', ['patch'])];

/** What the job may do in the whole cluster that takes the labels away before an uninstall ends. */
export const pruneRules: readonly PolicyRule[] = [rule('', 'nodes', ['list', 'patch'])];

/** And in its namespace: it waits until the pods are gone. */
export const pruneNamespaceRules: readonly PolicyRule[] = [rule('', 'pods', ['list'])];
