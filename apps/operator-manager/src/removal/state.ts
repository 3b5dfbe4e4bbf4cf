import { cxiDrivers } from '@rackwright/api';
import type { Condition } from '@rackwright/controller';
import { cxi, kubernetes } from '@rackwright/keys';
import {
  type ConfigMap,
  type DaemonSet,
  ignoreNotFound,
  type KubeClient,
  type KubeObject,
  resources,
} from '@rackwright/kube';

/** A CXIDriver as far as its removal looks at it. */
export type StoredDriver = KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } };

/** What is there at one moment of a removal. */
export interface RemovalState {
  /** Every CXIDriver; none without their CRD. */
  readonly drivers: readonly StoredDriver[];
  /** DaemonSets that an operator manages, in every namespace. */
  readonly daemonSets: readonly DaemonSet[];
  /** ConfigMap that tells older tools which driver is active. */
  readonly record: ConfigMap | undefined;
  /** The operator's replica that leads, undefined when no operator works. */
  readonly leader: string | undefined;
}

/** Reads everything but the leader. */
export async function readState(
  client: Pick<KubeClient, 'get' | 'list'>,
  namespace: string,
  signal: AbortSignal,
): Promise<Omit<RemovalState, 'leader'>> {
  const labelSelector = `${kubernetes.label.managedBy}=${cxi.managedBy}`;
  const key = { namespace, name: cxi.singletonConfigMap };
  const [drivers, daemonSets, record] = await Promise.all([
    ignoreNotFound(client.list(cxiDrivers, { signal })),
    client.list(resources.daemonSets, { labelSelector, signal }),
    ignoreNotFound(client.get(resources.configMaps, key, { signal })),
  ]);
  return { drivers: drivers?.items ?? [], daemonSets: daemonSets.items, record };
}
