import type { ClusterRoleBinding, KubeObject, RoleBinding, ServiceAccount, Subject } from '@rackwright/kube';
import type { AgentDescriptor } from '@rackwright/manager';
import type { Component } from '../component.ts';
import type { AgentRoleNames } from '../settings.ts';
import { ownedMeta } from './identity.ts';

/** Where agents run, and which roles were installed for them. */
interface Installed {
  readonly namespace: string;
  readonly roles: AgentRoleNames;
}

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;

/** The account of one component, bound to the roles that were installed for it (ADR 7). */
export function accountsOf(
  cache: KubeObject,
  { component, rights }: AgentDescriptor<Component>,
  { namespace, roles }: Installed,
): KubeObject[] {
  const meta = ownedMeta(cache, component);
  const account: ServiceAccount = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { ...meta, namespace },
    automountServiceAccountToken: false,
  };
  if (rights === undefined) return [account];
  const subjects: Subject[] = [{ kind: 'ServiceAccount', name: meta.name, namespace }];
  const clusterBinding: ClusterRoleBinding = {
    ...{ apiVersion, kind: 'ClusterRoleBinding' },
    // Cluster-scoped names are shared with everybody, so the role's name is taken.
    metadata: { ...meta, name: roles.cluster },
    roleRef: { apiGroup, kind: 'ClusterRole', name: roles.cluster },
    subjects,
  };
  if (rights.namespace === undefined) return [account, clusterBinding];
  const binding: RoleBinding = {
    ...{ apiVersion, kind: 'RoleBinding' },
    metadata: { ...meta, namespace },
    roleRef: { apiGroup, kind: 'ClusterRole', name: roles.namespace },
    subjects,
  };
  return [account, clusterBinding, binding];
}
