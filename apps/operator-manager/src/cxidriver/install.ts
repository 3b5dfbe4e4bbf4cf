import { cxiDevices, cxiDrivers } from '@rackwright/api';
import { cxi, kubernetes, rackwright } from '@rackwright/keys';
import type { PolicyRule } from '@rackwright/kube';
import { cxi as family } from '@rackwright/registry';
import type { FamilyInstall } from '../install/family-install.ts';
import { nodeBoundPolicySpec } from '../install/node-write-policy.ts';
import {
  bindRule,
  crdReadRule,
  crdsRules,
  inspectionRules,
  leaderElectionRules,
  rolloutRules,
  rule,
} from '../install/operator-rules.ts';
import { agentRoleName } from '../install/values.ts';
import { isDriverAgent } from '../install/write-policy/accounts.ts';
import { deviceWrites, operatorDeviceWrites } from '../install/write-policy/device-writes.ts';
import { eventWrites } from '../install/write-policy/event-writes.ts';
import { cxiNodeFields, nodeWrites } from '../install/write-policy/node-writes.ts';
import { descriptors } from './manifests/descriptors.ts';

const kinds = [cxiDrivers, cxiDevices];

/** What holds driver agents to their node, but for who they are. */
const driverAgents = {
  ...{ name: 'driver-agents', who: 'a driver agent' },
  writes: [nodeWrites, deviceWrites, eventWrites],
};

/** What comes with the installation of the CXI family. */
export const cxiInstall = {
  family: family.name,
  agents: Object.fromEntries(family.apps.map(({ name, component }) => [name, descriptors[component]])),
  nodeBound: { 'driver-agent': driverAgents },
  controller: {
    name: 'cxidriver',
    clusterRules: (values) => [
      rule(cxi.group, 'cxidrivers', ['list', 'watch', 'patch']),
      rule(cxi.group, 'cxidrivers/status', ['patch']),
      rule(cxi.group, 'cxidevices', ['list', 'delete']),
      // Those of silent agents are marked as unknown.
      rule(cxi.group, 'cxidevices/status', ['patch']),
      // What driver agents wrote on Nodes is taken back when a CXIDriver goes.
      // Watched are only those that must be rebooted.
      rule('', 'nodes', ['list', 'watch', 'patch']),
      rule('', 'nodes/status', ['patch']),
      ...rolloutRules,
      bindRule([agentRoleName(values, cxi.component.driverAgent)]),
      ...inspectionRules,
      crdReadRule(kinds),
    ],
    namespaceRules: [rule('', 'configmaps', ['list', 'watch', 'create', 'update']), ...leaderElectionRules],
    crdsRules: crdsRules(kinds),
    editorRules: [
      rule(cxi.group, 'cxidrivers', ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']),
      // To take NICs out of service and put them back.
      rule(cxi.group, 'cxidevices', ['get', 'list', 'watch', 'update', 'patch']),
    ],
    viewerRules: [
      rule(cxi.group, 'cxidrivers', ['get', 'list', 'watch']),
      rule(cxi.group, 'cxidevices', ['get', 'list', 'watch']),
    ],
    agentPods: {
      agents: {
        [kubernetes.label.managedBy]: cxi.managedBy,
        [kubernetes.label.partOf]: rackwright.partOf,
      },
    },
    nodePolicies: {
      'node-writes': (values) => nodeBoundPolicySpec({ ...driverAgents, account: isDriverAgent(values) }),
    },
    agentsOf: { managedBy: cxi.managedBy, group: cxi.group, kind: cxiDrivers.kind },
    nodeFields: cxiNodeFields,
    operatorWrites: (who) => [operatorDeviceWrites(who)],
  },
} as const satisfies FamilyInstall;

/**
 * What a removal may do in the whole cluster. Where an operator works it only
 * deletes CXIDrivers and looks; the rest is for taking the operator's place.
 */
export const removalClusterRules: readonly PolicyRule[] = [
  rule(cxi.group, 'cxidrivers', ['list', 'delete', 'patch']),
  rule(cxi.group, 'cxidevices', ['list', 'delete']),
  rule('', 'nodes', ['list', 'patch']),
  rule('', 'nodes/status', ['patch']),
  // Agents may run in the namespace of an installation that is gone. An admission policy narrows it.
  rule('apps', 'daemonsets', ['list', 'delete']),
];

/** What a removal may do in the namespace of the operator. */
export const removalNamespaceRules: readonly PolicyRule[] = [
  rule('', 'configmaps', ['get', 'update'], [cxi.singletonConfigMap]),
  rule('coordination.k8s.io', 'leases', ['get'], [cxi.leaderElectionLease]),
];
