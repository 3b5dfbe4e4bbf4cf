import { pmem } from '@rackwright/keys';
import type { ClusterRoleBinding, KubeObject, RoleBinding, ServiceAccount, Subject } from '@rackwright/kube';
import type { PmemSettings } from '../settings.ts';
import { type Owner, ownedMeta, type Part, partLabels, prefixOf } from './identity.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;

/** Suffixes of names, all as the older operator had them, by the part whose pods they are for. */
const suffixes = {
  // The account of the pods on nodes is called after the controller, which once made the volumes.
  [pmem.part.node]: {
    account: 'controller',
    cluster: 'csi-provisioner-role',
    own: 'csi-provisioner-role-cfg',
  },
  [pmem.part.controller]: { account: 'webhooks', cluster: 'webhooks-role', own: '' },
  [pmem.part.nodeSetup]: { account: 'node-setup', cluster: 'node-setup-role', own: '' },
} as const;

/** The account of the pods of a part. */
export function accountName(owner: Owner, part: Part): string {
  return `${prefixOf(owner.deployment)}-${suffixes[part].account}`;
}

/** Accounts of all parts, bound to the roles that come with the installation (ADR 7). */
export function accountsOf(owner: Owner, { roles }: PmemSettings): KubeObject[] {
  return [
    ...boundAccount(owner, pmem.part.node, roles.driver),
    ownBinding(owner, pmem.part.node, roles.driverNamespace),
    ...boundAccount(owner, pmem.part.controller, roles.controller),
    ...boundAccount(owner, pmem.part.nodeSetup, roles.nodeSetup),
  ];
}

function boundAccount(owner: Owner, part: Part, role: string): KubeObject[] {
  const labels = partLabels(owner, part);
  const account: ServiceAccount = {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount' },
    metadata: { ...ownedMeta(owner, accountName(owner, part), labels), namespace: owner.namespace },
    automountServiceAccountToken: false,
  };
  const name = `${prefixOf(owner.deployment)}-${suffixes[part].cluster}`;
  const binding: ClusterRoleBinding = {
    ...{ apiVersion, kind: 'ClusterRoleBinding' },
    metadata: ownedMeta(owner, name, labels),
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: subjectsOf(owner, part),
  };
  return [account, binding];
}

/** Rights in the namespace of the pods. */
function ownBinding(owner: Owner, part: typeof pmem.part.node, role: string): RoleBinding {
  const name = `${prefixOf(owner.deployment)}-${suffixes[part].own}`;
  return {
    ...{ apiVersion, kind: 'RoleBinding' },
    metadata: { ...ownedMeta(owner, name, partLabels(owner, part)), namespace: owner.namespace },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: subjectsOf(owner, part),
  };
}

function subjectsOf(owner: Owner, part: Part): Subject[] {
  return [{ kind: 'ServiceAccount', name: accountName(owner, part), namespace: owner.namespace }];
}
