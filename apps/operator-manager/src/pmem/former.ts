import {
  apiVersionOf,
  type KubeObject,
  type ObjectMeta,
  type ResourceType,
  resources,
} from '@rackwright/kube';
import type { DriverKind, DriverObject } from './driver-kind.ts';
import { nameOf, ownerLabels } from './manifests/identity.ts';
import type { DriverSnapshot } from './snapshot.ts';

/** What a PMEM-CSI operator that ran before made for a deployment: it belongs to it, and has no label of ours. */
export interface FormerObjects {
  /** In the namespace of the operator, or in none. */
  readonly objects: readonly KubeObject[];
  /** Another namespace in which pods of it are on nodes. */
  readonly elsewhere?: string;
}

/** An object that a former operator may have made. */
export interface FormerName {
  readonly type: ResourceType;
  readonly name: string;
}

/** Pods in another namespace are looked for again so often, in milliseconds. */
export const formerElsewhereMs = 10_000;

/** The names of what is wanted, which a former operator's objects have too, and of what it had beside. */
export function formerNames(desired: readonly KubeObject[], obsolete: readonly FormerName[]): FormerName[] {
  const wanted = desired.flatMap((object) => {
    const type = Object.values<ResourceType>(resources).find(
      (one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion,
    );
    return type === undefined ? [] : [{ type, name: nameOf(object) }];
  });
  return [...wanted, ...obsolete];
}

/** What exists for a deployment, with our labels in place on what is its own although a former operator made it. */
export function liveObjects(
  { deployment, name, daemonSets, controllers, others, former }: DriverSnapshot,
  kind: DriverKind,
): KubeObject[] {
  const cached = [...daemonSets, ...controllers, ...others];
  const known = new Set(cached.map(identityOf));
  const found = (former?.objects ?? []).filter((object) => !known.has(identityOf(object)));
  const labels = ownerLabels(kind, name);
  return [...cached, ...found].map((object) => {
    const { metadata } = object;
    if (deployment === undefined || !belongsTo(metadata, deployment)) return object;
    return { ...object, metadata: { ...metadata, labels: { ...metadata?.labels, ...labels } } };
  });
}

/** Whether an object is controlled by this very deployment, and not by a namesake that was deleted. */
export function belongsTo(metadata: ObjectMeta | undefined, deployment: DriverObject): boolean {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  return owner !== undefined && owner.uid === deployment.metadata?.uid;
}

/** Tells an object from all others of a deployment. */
export function identityOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata?.name}`;
}

const { roles, roleBindings, clusterRoles, clusterRoleBindings } = resources;
const { secrets, serviceAccounts, services, statefulSets, mutatingWebhookConfigurations } = resources;

/**
 * What operators of PMEM-CSI 0.9 to 1.1 made beside what is made now: roles that come with the
 * installation (ADR 7), and, before 1.1, a StatefulSet where a Deployment is now and a webhook for
 * pods, which would be in the way of every pod once nobody serves it.
 */
export function obsoleteNames(prefix: string): FormerName[] {
  return [
    { type: roles, name: `${prefix}-external-provisioner-cfg` },
    { type: roles, name: `${prefix}-webhooks-cfg` },
    { type: roleBindings, name: `${prefix}-webhooks-role-cfg` },
    { type: clusterRoles, name: `${prefix}-external-provisioner-runner` },
    { type: clusterRoles, name: `${prefix}-webhooks-runner` },
    { type: clusterRoles, name: `${prefix}-node-setup-runner` },
    { type: services, name: `${prefix}-scheduler` },
    { type: services, name: `${prefix}-webhook` },
    { type: mutatingWebhookConfigurations, name: `${prefix}-hook` },
    { type: statefulSets, name: `${prefix}-controller` },
  ];
}

/** The same of the first operator, and of those of PMEM-CSI 0.7 and 0.8, which called some of it otherwise. */
export function olderObsoleteNames(prefix: string): FormerName[] {
  return [
    { type: roles, name: prefix },
    { type: clusterRoles, name: prefix },
    { type: secrets, name: `${prefix}-registry-secrets` },
    { type: secrets, name: `${prefix}-node-secrets` },
    { type: serviceAccounts, name: `${prefix}-controller` },
    { type: roles, name: `${prefix}-external-provisioner-cfg` },
    { type: roleBindings, name: `${prefix}-csi-provisioner-role-cfg` },
    { type: clusterRoles, name: `${prefix}-external-provisioner-runner` },
    { type: clusterRoleBindings, name: `${prefix}-csi-provisioner-role` },
  ];
}
