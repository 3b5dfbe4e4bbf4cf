import { cxiDrivers } from '@rackwright/api';
import { cxi, kubernetes } from '@rackwright/keys';
import { type ConfigMap, type DaemonSet, ignoreNotFound, type KubeClient, resources } from '@rackwright/kube';
import type { RemovalScope, RemovalState } from '../../removal/removed-kind.ts';

/** What is there of CXIDrivers at one moment of a removal. */
export interface DriverRemovalState extends RemovalState {
  /** DaemonSets that an operator manages, in every namespace. */
  readonly daemonSets: readonly DaemonSet[];
  /** ConfigMap that tells older tools which driver is active. */
  readonly record: ConfigMap | undefined;
}

export async function readState(
  client: Pick<KubeClient, 'get' | 'list'>,
  { namespace }: Pick<RemovalScope, 'namespace'>,
  signal: AbortSignal,
): Promise<DriverRemovalState> {
  const labelSelector = `${kubernetes.label.managedBy}=${cxi.managedBy}`;
  const key = { namespace, name: cxi.singletonConfigMap };
  const [drivers, daemonSets, record] = await Promise.all([
    ignoreNotFound(client.list(cxiDrivers, { signal })),
    client.list(resources.daemonSets, { labelSelector, signal }),
    ignoreNotFound(client.get(resources.configMaps, key, { signal })),
  ]);
  return { objects: drivers?.items ?? [], daemonSets: daemonSets.items, record };
}
