import { leaderTerms } from '@rackwright/api';
import type { PolicyRule, ResourceType } from '@rackwright/kube';

const rbac = 'rbac.authorization.k8s.io';
const apiextensions = 'apiextensions.k8s.io';

/** A rule about one resource. */
export function rule(group: string, resource: string, verbs: string[], resourceNames?: string[]): PolicyRule {
  return { apiGroups: [group], resources: [resource], ...(resourceNames ? { resourceNames } : {}), verbs };
}

/** What the operator needs to roll node agents out, whatever they are. */
export const rolloutRules: readonly PolicyRule[] = [
  // Agents that an installation now gone has left are looked after where they run.
  rule('apps', 'daemonsets', ['list', 'watch', 'create', 'patch', 'delete']),
  rule('', 'serviceaccounts', ['list', 'watch', 'create', 'patch', 'delete']),
  rule(rbac, 'clusterrolebindings', ['list', 'watch', 'create', 'patch', 'delete']),
];

/** To give agents their rights: it binds them to these roles and never writes a role, so it can grant nothing beyond. */
export function bindRule(roles: string[]): PolicyRule {
  return rule(rbac, 'clusterroles', ['bind'], roles);
}

/** To compete for the lead, and to tell the API server who has it. */
export const leaderElectionRules: readonly PolicyRule[] = [
  rule('coordination.k8s.io', 'leases', ['get', 'create', 'update']),
  rule(leaderTerms.group, leaderTerms.plural, ['get', 'create', 'update']),
];

/** To find out why agents are not ready, asked for while they are not, and to tell of it. */
export const inspectionRules: readonly PolicyRule[] = [
  rule('', 'pods', ['list']),
  rule('events.k8s.io', 'events', ['list', 'create', 'patch']),
];

/** To tell of CRDs that are older than the operator: they drop fields without an error. */
export function crdReadRule(kinds: readonly ResourceType[]): PolicyRule {
  return rule(apiextensions, 'customresourcedefinitions', ['get', 'list', 'watch'], crdNames(kinds));
}

/** What the job before an upgrade may do: it brings the CRDs. A right to create cannot be held to names. */
export function crdsRules(kinds: readonly ResourceType[]): PolicyRule[] {
  return [
    rule(apiextensions, 'customresourcedefinitions', ['get', 'patch'], crdNames([leaderTerms, ...kinds])),
    rule(apiextensions, 'customresourcedefinitions', ['create']),
  ];
}

function crdNames(kinds: readonly ResourceType[]): string[] {
  return kinds.map(({ plural, group }) => `${plural}.${group}`);
}
