import { kubernetes, rackwright } from '@rackwright/keys';

/** What an installation by plain manifests is made from. */
export interface InstallValues {
  /** Of the Deployment, and of everything else or its beginning. */
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
}

/** Labels of everything in an installation. */
export const installLabels: Readonly<Record<string, string>> = {
  [kubernetes.label.name]: 'admission-webhook',
  [kubernetes.label.partOf]: rackwright.partOf,
};

/** Labels the pods are found by. */
export const selector: Readonly<Record<string, string>> = {
  [kubernetes.label.name]: 'admission-webhook',
};

/** Names of the Secrets of authority and certificate, which the replicas fill. */
export function secretsOf({ name }: InstallValues): { authority: string; certificate: string } {
  return { authority: `${name}-ca`, certificate: `${name}-tls` };
}

/** An object of the cluster. */
export function clusterObject(
  apiVersion: string,
  kind: string,
  { name }: Pick<InstallValues, 'name'>,
  fields: object = {},
): object {
  return { apiVersion, kind, metadata: { name, labels: installLabels }, ...fields };
}

/** An object of the namespace. */
export function namespacedObject(
  apiVersion: string,
  kind: string,
  { name, namespace }: Pick<InstallValues, 'name' | 'namespace'>,
  fields: object = {},
): object {
  return { apiVersion, kind, metadata: { name, namespace, labels: installLabels }, ...fields };
}
