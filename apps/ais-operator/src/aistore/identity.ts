import { aistores } from '@rackwright/api';
import { controllerReference, type OwnerLabels } from '@rackwright/controller';
import { ais, kubernetes } from '@rackwright/keys';
import type { KubeObject, ObjectMeta } from '@rackwright/kube';

const { label } = kubernetes;

/** What a pod of a cluster does. */
export type Role = 'proxy' | 'target';
export const roles = ['proxy', 'target'] as const satisfies readonly Role[];

const { managedBy } = ais;

/** Whose objects are made: the name and namespace of a cluster, and its object as their owner. */
export interface Owner {
  readonly name: string;
  readonly namespace: string;
  readonly object: KubeObject;
}

/** Names of what is made for a cluster (ais.md §3.1); none may change, users and pods know them. */
export const names = {
  /** StatefulSet, headless Service and ConfigMap of a role. */
  role: (cluster: string, role: Role): string => `${cluster}-${role}`,
  pod: (cluster: string, role: Role, ordinal: number): string => `${cluster}-${role}-${ordinal}`,
  proxyLoadBalancer: (cluster: string): string => `${cluster}-proxy-lb`,
  targetLoadBalancer: (cluster: string, ordinal: number): string => `${cluster}-target-${ordinal}`,
  disruptionBudget: (cluster: string): string => `${cluster}-target`,
  statsdConfig: (cluster: string): string => `${cluster}-statsd`,
  globalConfig: (cluster: string): string => `${cluster}-global-cm`,
  serviceAccount: (cluster: string): string => `${cluster}-sa`,
  accountRole: (cluster: string): string => `${cluster}-role`,
  accountBinding: (cluster: string): string => `${cluster}-rb`,
  adminClient: (cluster: string): string => `${cluster}-client`,
  certificate: (cluster: string): string => `${cluster}-tls-cert`,
  certificateSecret: (cluster: string): string => `${cluster}-tls`,
} as const;

/** Labels that mark everything that is made for a cluster. */
export function ownerLabels(cluster: string): OwnerLabels & Record<string, string> {
  return { [label.managedBy]: managedBy, [label.name]: cluster };
}

/** Labels that select the pods of a role; a StatefulSet's selector must not change. */
export function selectorLabels(cluster: string, role: Role): Record<string, string> {
  return { [label.name]: cluster, [label.component]: role };
}

/** Labels of the pods and of the StatefulSet of a role, over those a user gives. */
export function podLabels(cluster: string, role: Role): Record<string, string> {
  return { ...selectorLabels(cluster, role), app: cluster, component: role, [label.managedBy]: managedBy };
}

/** Labels of a Service; `part` is such as `proxy-svc`. */
export function serviceLabels(cluster: string, part: string): Record<string, string> {
  return { ...ownerLabels(cluster), app: cluster, [label.component]: part };
}

/** Metadata of an object that goes with its cluster. */
export function ownedMeta(
  { namespace, object }: Owner,
  name: string,
  labels: Record<string, string>,
): ObjectMeta & { name: string; namespace: string } {
  return { name, namespace, labels, ownerReferences: [controllerReference(object, aistores)] };
}
