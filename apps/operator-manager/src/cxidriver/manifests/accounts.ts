import type { CxiDriver } from '@rackwright/api';
import type { ClusterRoleBinding, ServiceAccount } from '@rackwright/kube';
import type { Component } from '../component.ts';
import type { CxiSettings } from '../settings.ts';
import { nameOf, ownedMeta, ownedName } from './identity.ts';

/** The account of one component. Without a token in its pods it can do nothing. */
export function serviceAccount(
  driver: CxiDriver,
  settings: CxiSettings,
  component: Component,
): ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { ...ownedMeta(driver, component), namespace: settings.namespace },
    automountServiceAccountToken: false,
  };
}

/** Gives the account of one component the role that was installed for it. */
export function roleBinding(
  driver: CxiDriver,
  settings: CxiSettings,
  component: Component,
  role: string,
): ClusterRoleBinding {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    // Cluster-scoped names are shared with everybody, so the role's name goes in front.
    metadata: { ...ownedMeta(driver, component), name: `${role}-${nameOf(driver)}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [
      {
        kind: 'ServiceAccount',
        name: ownedName(nameOf(driver), component),
        namespace: settings.namespace,
      },
    ],
  };
}
