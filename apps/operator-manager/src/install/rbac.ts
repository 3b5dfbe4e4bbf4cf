import type { ClusterRole, KubeObject, PolicyRule, Role, RoleBinding, Subject } from '@rackwright/kube';
import { agentRoles } from './agent-roles.ts';
import type { ControllerInstall, PodRights } from './family-install.ts';
import { type InstallValues, installLabels } from './values.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

/** Whose rights an installation brings. */
export interface Installed {
  readonly controller: ControllerInstall;
  /** What the controller deploys. */
  readonly pods: Readonly<Record<string, PodRights>>;
}

/** Accounts, roles and bindings of an installation, by the file they go into. */
export function rbacFiles(
  values: InstallValues,
  { controller, pods }: Installed,
): Record<string, readonly KubeObject[]> {
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
    rules: [...controller.namespaceRules],
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
    'role.yaml': [clusterRole(name, controller.clusterRules(values)), role],
    'role_binding.yaml': [clusterBinding, binding],
    ...Object.fromEntries(
      agentRoles(pods, values).map(({ component, roles }) => [
        `${component.replaceAll('-', '_')}_role.yaml`,
        Object.entries(roles).map(([roleName, rules]) => clusterRole(roleName, rules)),
      ]),
    ),
    'editor_role.yaml': [clusterRole(`${name}-editor`, controller.editorRules)],
    'viewer_role.yaml': [
      clusterRole(`${name}-viewer`, controller.viewerRules, {
        'rbac.authorization.k8s.io/aggregate-to-view': 'true',
      }),
    ],
  };
}
