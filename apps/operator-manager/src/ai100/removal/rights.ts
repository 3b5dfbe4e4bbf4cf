import { aidaptivCache, cxi } from '@rackwright/keys';
import type { PolicyRule } from '@rackwright/kube';
import { rule } from '../../install/operator-rules.ts';

const { group } = aidaptivCache;
const rbac = 'rbac.authorization.k8s.io';

/** What a removal may do in the whole cluster. */
export const removalClusterRules: readonly PolicyRule[] = [
  rule(group, 'aidaptivcaches', ['get', 'delete', 'patch']),
  rule(group, 'aidaptivcachenodes', ['list', 'delete']),
  rule('', 'nodes', ['list', 'patch']),
  rule('', 'nodes/status', ['patch']),
  // Agents may run in the namespace of an installation that is gone.
  rule('apps', 'daemonsets', ['list', 'delete']),
  rule(rbac, 'clusterrolebindings', ['list', 'delete']),
];

/** And in the namespace of the operator. */
export const removalNamespaceRules: readonly PolicyRule[] = [
  rule('', 'serviceaccounts', ['list', 'delete']),
  rule('', 'services', ['list', 'delete']),
  rule(rbac, 'rolebindings', ['list', 'delete']),
  // Whether an operator works.
  rule('coordination.k8s.io', 'leases', ['get'], [cxi.leaderElectionLease]),
];
