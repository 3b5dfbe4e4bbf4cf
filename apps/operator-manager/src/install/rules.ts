import { cxiDevices, cxiDrivers } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import type { PolicyRule } from '@rackwright/kube';
import { agentRoleName, type InstallValues } from './values.ts';

const rbac = 'rbac.authorization.k8s.io';
const apiextensions = 'apiextensions.k8s.io';
const crdNames = [cxiDrivers, cxiDevices].map(({ plural, group }) => `${plural}.${group}`);

function rule(group: string, resource: string, verbs: string[], resourceNames?: string[]): PolicyRule {
  return { apiGroups: [group], resources: [resource], ...(resourceNames ? { resourceNames } : {}), verbs };
}

/**
 * What the operator may do in the whole cluster, outside of its namespace
 * narrowed by an admission policy. It binds agents to roles of the
 * installation and never writes a role, so it can grant nothing beyond them.
 */
export function operatorClusterRules(values: InstallValues): PolicyRule[] {
  return [
    rule(cxi.group, 'cxidrivers', ['list', 'watch', 'patch']),
    rule(cxi.group, 'cxidrivers/status', ['patch']),
    rule(cxi.group, 'cxidevices', ['list', 'delete']),
    // Those of silent agents are marked as unknown.
    rule(cxi.group, 'cxidevices/status', ['patch']),
    // What driver agents wrote on Nodes is taken back when a CXIDriver goes.
    // Watched are only those that must be rebooted.
    rule('', 'nodes', ['list', 'watch', 'patch']),
    rule('', 'nodes/status', ['patch']),
    // Agents that an installation now gone has left are looked after where they run.
    rule('apps', 'daemonsets', ['list', 'watch', 'create', 'patch', 'delete']),
    rule('', 'serviceaccounts', ['list', 'watch', 'create', 'patch', 'delete']),
    rule(rbac, 'clusterrolebindings', ['list', 'watch', 'create', 'patch', 'delete']),
    rule(rbac, 'clusterroles', ['bind'], [agentRoleName(values)]),
    // Why agents are not ready is asked for while they are not.
    rule('', 'pods', ['list']),
    rule('events.k8s.io', 'events', ['list', 'create', 'patch']),
    // An older CRD drops fields without an error, which the operator tells of.
    rule(apiextensions, 'customresourcedefinitions', ['get', 'list', 'watch'], crdNames),
  ];
}

/** What the operator may do in its own namespace. */
export const operatorNamespaceRules: readonly PolicyRule[] = [
  rule('', 'configmaps', ['list', 'watch', 'create', 'update']),
  rule('coordination.k8s.io', 'leases', ['get', 'create', 'update']),
];

/** What a driver agent may do; the admission policy narrows it to its own node. */
export const driverAgentRules: readonly PolicyRule[] = [
  rule('', 'nodes', ['get', 'patch']),
  rule('', 'nodes/status', ['patch']),
  rule(cxi.group, 'cxidevices', ['list', 'watch', 'create', 'patch', 'delete']),
  rule(cxi.group, 'cxidevices/status', ['patch']),
  rule('events.k8s.io', 'events', ['create', 'patch']),
];

/** What the job before an upgrade may do: it brings the CRDs. A right to create cannot be held to names. */
export const crdsRules: readonly PolicyRule[] = [
  rule(apiextensions, 'customresourcedefinitions', ['get', 'patch'], crdNames),
  rule(apiextensions, 'customresourcedefinitions', ['create']),
];

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

/** For people who run the Slingshot stack. */
export const editorRules: readonly PolicyRule[] = [
  rule(cxi.group, 'cxidrivers', ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']),
  // To take NICs out of service and put them back.
  rule(cxi.group, 'cxidevices', ['get', 'list', 'watch', 'update', 'patch']),
];

/** For people who look at it. */
export const viewerRules: readonly PolicyRule[] = [
  rule(cxi.group, 'cxidrivers', ['get', 'list', 'watch']),
  rule(cxi.group, 'cxidevices', ['get', 'list', 'watch']),
];
