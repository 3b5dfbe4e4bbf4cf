import { isKubeError, type KubeObject, type ResourceType } from '@rackwright/kube';
import type { ClusterLookups, Requester } from '../admission/admission.ts';

/** A Secret or ConfigMap that is named somewhere. */
export interface Reference {
  readonly type: ResourceType<KubeObject>;
  readonly namespace: string;
  readonly name: string;
}

/** Whether somebody may read it. Nobody is one who may not. */
export async function mayRead(
  cluster: ClusterLookups,
  requester: Requester | undefined,
  { type: { group, plural: resource }, namespace, name }: Reference,
): Promise<boolean> {
  const access = { verb: 'get', group, resource, namespace, name };
  return requester !== undefined && (await cluster.mayAccess(requester, access));
}

/** The keys of its data; undefined where it is not there, and `unreadable` where we may not look. */
export async function keysOf(
  cluster: ClusterLookups,
  { type, ...key }: Reference,
): Promise<readonly string[] | 'unreadable' | undefined> {
  try {
    const found = await cluster.get(type, key);
    const { data, binaryData } = (found ?? {}) as Readonly<Record<string, object | undefined>>;
    return found === undefined ? undefined : Object.keys({ ...data, ...binaryData });
  } catch (error) {
    if (isKubeError(error, 403)) return 'unreadable';
    throw error;
  }
}
