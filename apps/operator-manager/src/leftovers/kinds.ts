import {
  aidaptivCacheNodes,
  aidaptivCaches,
  cxiDevices,
  cxiDrivers,
  leaderTerms,
  phisonDeviceOperators,
} from '@rackwright/api';
import { cxi, kubernetes, rackwright } from '@rackwright/keys';
import { type ResourceType, resources, resourceType } from '@rackwright/kube';

/** Where objects of ours are looked for. */
export interface Lookup {
  readonly type: ResourceType;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

const { label } = kubernetes;
const admission = 'admissionregistration.k8s.io';

/** Everything of an installation carries the first label, everything of an operator, old ones too, the second. */
const ours = [`${label.partOf}=${rackwright.partOf}`, `${label.managedBy}=${cxi.managedBy}`];

const labelled: readonly ResourceType[] = [
  resources.deployments,
  resources.daemonSets,
  resources.jobs,
  resources.pods,
  resources.configMaps,
  resources.services,
  resources.serviceAccounts,
  resources.roles,
  resources.roleBindings,
  resources.clusterRoles,
  resources.clusterRoleBindings,
  clusterKind('ValidatingAdmissionPolicy', 'validatingadmissionpolicies'),
  clusterKind('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings'),
  resourceType({
    ...{ group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy', plural: 'networkpolicies' },
    namespaced: true,
  }),
];

/** Kinds of the families. */
const own = [cxiDrivers, cxiDevices, phisonDeviceOperators, aidaptivCaches, aidaptivCacheNodes];

/** In the order they are told. */
export const lookups: readonly Lookup[] = [
  ...[cxiDrivers, phisonDeviceOperators, aidaptivCaches].map((type) => ({ type })),
  ...labelled.flatMap((type) => ours.map((labelSelector) => ({ type, labelSelector }))),
  ...[resources.leases, leaderTerms].map((type) => ({
    type,
    fieldSelector: `metadata.name=${cxi.leaderElectionLease}`,
  })),
  ...[cxiDevices, aidaptivCacheNodes].map((type) => ({ type })),
  // Labels of a node may be left without the one that all agents set.
  { type: resources.nodes },
  ...[...own, leaderTerms].map(({ plural, group }) => ({
    type: resources.customResourceDefinitions,
    fieldSelector: `metadata.name=${plural}.${group}`,
  })),
];

function clusterKind(kind: string, plural: string): ResourceType {
  return resourceType({ group: admission, version: 'v1', kind, plural, namespaced: false });
}
