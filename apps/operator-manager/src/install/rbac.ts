import type { ClusterRole, KubeObject, PolicyRule, Role, RoleBinding, Subject } from '@rackwright/kube';
import {
  driverAgentRules,
  editorRules,
  operatorClusterRules,
  operatorNamespaceRules,
  viewerRules,
} from './rules.ts';
import { agentRoleName, type InstallValues, installLabels } from './values.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

/** Accounts, roles and bindings of an installation, by the file they go into. */
export function rbacFiles(values: InstallValues): Record<string, readonly KubeObject[]> {
  const { name, namespace } = values;
  const labels = installLabels(values);
  const subjects: Subject[] = [{ kind: 'ServiceAccount', name, namespace }];
  const clusterRole = (roleName: string, rules: readonly PolicyRule[], more = {}): ClusterRole => ({
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name: roleName, labels: { ...labels, ...more } },
    rules: [...rules],
  });
  const role: Role = {
    apiVersion,
    kind: 'Role',
    metadata: { name, namespace, labels },
    rules: [...operatorNamespaceRules],
  };
  const clusterBinding: RoleBinding = {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels },
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects,
  };
  const binding: RoleBinding = {
    apiVersion,
    kind: 'RoleBinding',
    metadata: { name, namespace, labels },
    roleRef: { apiGroup, kind: 'Role', name },
    subjects,
  };
  const account = { metadata: { name, namespace, labels }, automountServiceAccountToken: false };
  return {
    'service_account.yaml': [{ apiVersion: 'v1', kind: 'ServiceAccount', ...account }],
    'role.yaml': [clusterRole(name, operatorClusterRules(values)), role],
    'role_binding.yaml': [clusterBinding, binding],
    'driver_agent_role.yaml': [clusterRole(agentRoleName(values), driverAgentRules)],
    'editor_role.yaml': [clusterRole(`${name}-editor`, editorRules)],
    'viewer_role.yaml': [
      clusterRole(`${name}-viewer`, viewerRules, { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }),
    ],
  };
}
