import { ais } from '@rackwright/keys';
import type { KubeObject, Role as KubeRole, RoleBinding, ServiceAccount } from '@rackwright/kube';
import { type EffectiveSpec, pullSecrets } from '../effective.ts';
import { names, type Owner, ownedMeta, ownerLabels } from '../identity.ts';

/** The account of the pods of a cluster, and what it may do in its namespace (ais.md §3.5). */
export function accountOf(owner: Owner, { spec }: EffectiveSpec): KubeObject[] {
  const { name, namespace } = owner;
  const secrets = pullSecrets(spec);
  const labels = { ...ownerLabels(name), [ais.label.app]: name };
  const account: ServiceAccount = {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount' },
    metadata: ownedMeta(owner, names.serviceAccount(name), labels),
    ...(secrets.length === 0 ? {} : { imagePullSecrets: secrets }),
  };
  const group = 'rbac.authorization.k8s.io';
  const role: KubeRole = {
    ...{ apiVersion: `${group}/v1`, kind: 'Role' },
    metadata: ownedMeta(owner, names.accountRole(name), labels),
    rules: [
      {
        apiGroups: [''],
        resources: ['pods', 'services'],
        verbs: ['get', 'list', 'watch', 'create', 'update', 'delete'],
      },
      { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
    ],
  };
  const binding: RoleBinding = {
    ...{ apiVersion: `${group}/v1`, kind: 'RoleBinding' },
    metadata: ownedMeta(owner, names.accountBinding(name), labels),
    roleRef: { apiGroup: group, kind: 'Role', name: names.accountRole(name) },
    subjects: [{ kind: 'ServiceAccount', name: names.serviceAccount(name), namespace }],
  };
  return [account, role, binding];
}
