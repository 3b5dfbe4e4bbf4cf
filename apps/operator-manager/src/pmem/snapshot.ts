import type { PmemCsiDeployment } from '@rackwright/api';
import { kubernetes } from '@rackwright/keys';
import type { CSIDriver, DaemonSet, Deployment, KubeObject } from '@rackwright/kube';
import type { InformerView } from '@rackwright/manager';
import { nameOf } from './manifests/identity.ts';

/** All that one reconcile decides from, read from the caches at one moment. */
export interface Snapshot {
  readonly name: string;
  /** The deployment as it is stored; undefined when it is gone. */
  readonly deployment: PmemCsiDeployment | undefined;
  /** Every deployment of the cluster. */
  readonly deployments: readonly PmemCsiDeployment[];
  /** What exists for it. */
  readonly daemonSets: readonly DaemonSet[];
  readonly controllers: readonly Deployment[];
  readonly others: readonly KubeObject[];
  /** When it was taken, in milliseconds since the epoch. */
  readonly now: number;
}

/** Index by which caches find the objects of a deployment. */
export const byInstance = 'instance';

/** The deployment an object is for, by its label; empty for none. */
export function instanceOf({ metadata }: KubeObject): string[] {
  const name = metadata?.labels?.[kubernetes.label.instance];
  return name === undefined ? [] : [name];
}

type Cache<T extends KubeObject> = Pick<InformerView<T>, 'get' | 'list' | 'byIndex'>;

/** What a snapshot is taken from. */
export interface Caches {
  readonly deployments: Pick<Cache<PmemCsiDeployment>, 'get' | 'list'>;
  readonly daemonSets: Cache<DaemonSet>;
  readonly controllers: Cache<Deployment>;
  /** Of everybody: a driver of another installation may have the name. */
  readonly csiDrivers: Pick<Cache<CSIDriver>, 'get' | 'byIndex'>;
  readonly serviceAccounts: Cache<KubeObject>;
  readonly roleBindings: Cache<KubeObject>;
  readonly clusterRoleBindings: Cache<KubeObject>;
}

export function takeSnapshot(name: string, caches: Caches, now: number): Snapshot {
  const { serviceAccounts, roleBindings, clusterRoleBindings, csiDrivers } = caches;
  const named = csiDrivers.get(name);
  const ofInstance = csiDrivers.byIndex(byInstance, name).filter((driver) => nameOf(driver) !== name);
  return {
    name,
    deployment: caches.deployments.get(name),
    deployments: caches.deployments.list(),
    daemonSets: caches.daemonSets.byIndex(byInstance, name),
    controllers: caches.controllers.byIndex(byInstance, name),
    others: [
      ...[serviceAccounts, roleBindings, clusterRoleBindings].flatMap((cache) =>
        cache.byIndex(byInstance, name),
      ),
      ...ofInstance,
      ...(named === undefined ? [] : [named]),
    ],
    now,
  };
}
