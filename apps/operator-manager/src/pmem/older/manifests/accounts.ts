import type { ClusterRoleBinding, KubeObject, RoleBinding, ServiceAccount } from '@rackwright/kube';
import { commonLabels, type Owner, ownedMeta } from '../../manifests/identity.ts';
import type { PmemSettings } from '../../settings.ts';
import { namesOf, namespacedMeta } from './identity.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;

/** The account of the controller, bound to the roles that come with the installation (ADR 7). */
export function olderAccount(owner: Owner, { roles }: Pick<PmemSettings, 'roles'>): KubeObject[] {
  const { account: name } = namesOf(owner);
  const subjects = [{ kind: 'ServiceAccount' as const, name, namespace: owner.namespace }];
  const account: ServiceAccount = {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount' },
    metadata: namespacedMeta(owner, name),
    automountServiceAccountToken: false,
  };
  const inCluster: ClusterRoleBinding = {
    ...{ apiVersion, kind: 'ClusterRoleBinding' },
    metadata: ownedMeta(owner, name, commonLabels(owner)),
    roleRef: { apiGroup, kind: 'ClusterRole', name: roles.driver },
    subjects,
  };
  const inNamespace: RoleBinding = {
    ...{ apiVersion, kind: 'RoleBinding' },
    metadata: namespacedMeta(owner, name),
    roleRef: { apiGroup, kind: 'ClusterRole', name: roles.driverNamespace },
    subjects,
  };
  return [account, inCluster, inNamespace];
}
