import type { PmemCsiDeployment } from '@rackwright/api';
import { kubernetes } from '@rackwright/keys';
import type { CSIDriver, DaemonSet, KubeObject } from '@rackwright/kube';
import type { InformerView } from '@rackwright/manager';
import type { ControllerWorkload } from './controller-state.ts';
import type { DriverObject } from './driver-kind.ts';
import type { FormerObjects } from './former.ts';
import type { FormerMemory } from './former-memory.ts';
import { nameOf } from './manifests/identity.ts';
import { type NeighbourCaches, type Neighbours, neighboursIn } from './neighbours.ts';

/** All that one reconcile decides from, read from the caches at one moment, whatever the kind. */
export interface DriverSnapshot<T extends DriverObject = DriverObject> {
  readonly name: string;
  /** The deployment as it is stored; undefined when it is gone. */
  readonly deployment: T | undefined;
  /** Every deployment of the cluster. */
  readonly deployments: readonly T[];
  /** What exists for it. */
  readonly daemonSets: readonly DaemonSet[];
  readonly controllers: readonly ControllerWorkload[];
  readonly others: readonly KubeObject[];
  /** What an operator of PMEM-CSI left; undefined while nobody has looked. */
  readonly former: FormerObjects | undefined;
  /** Who may be in its way. */
  readonly neighbours: Neighbours;
  /** When it was taken, in milliseconds since the epoch. */
  readonly now: number;
}

/** The same of a PmemCSIDeployment. */
export type Snapshot = DriverSnapshot<PmemCsiDeployment>;

/** Index by which caches find the objects of a deployment. */
export const byInstance = 'instance';

/** The deployment an object is for, by its label; empty for none. */
export function instanceOf({ metadata }: KubeObject): string[] {
  const name = metadata?.labels?.[kubernetes.label.instance];
  return name === undefined ? [] : [name];
}

/** A cache as far as snapshots need it. */
export type Cache<T extends KubeObject> = Pick<InformerView<T>, 'get' | 'list' | 'byIndex'>;

/** Caches of what is made for deployments of one kind. */
export interface OwnedCaches {
  readonly daemonSets: Cache<DaemonSet>;
  readonly controllers: Cache<ControllerWorkload>;
  /** Kinds of which nothing but what is wanted matters. */
  readonly others: readonly Cache<KubeObject>[];
}

/** What exists for a deployment, by its label. */
export function ownedObjects(
  name: string,
  { daemonSets, controllers, others }: OwnedCaches,
): Pick<DriverSnapshot, 'daemonSets' | 'controllers' | 'others'> {
  return {
    daemonSets: daemonSets.byIndex(byInstance, name),
    controllers: controllers.byIndex(byInstance, name),
    others: others.flatMap((cache) => cache.byIndex(byInstance, name)),
  };
}

/** What a snapshot is taken from. */
export interface Caches {
  readonly deployments: Pick<Cache<PmemCsiDeployment>, 'get' | 'list'>;
  readonly owned: OwnedCaches;
  /** Of everybody: a driver of another installation may have the name. */
  readonly csiDrivers: Pick<Cache<CSIDriver>, 'get' | 'byIndex'>;
  readonly neighbours: NeighbourCaches;
  readonly former: Pick<FormerMemory, 'of' | 'keepOnly'>;
}

export function takeSnapshot(
  name: string,
  { deployments, owned, csiDrivers, neighbours, former }: Caches,
  now: number,
): Snapshot {
  former.keepOnly(deployments.list());
  const deployment = deployments.get(name);
  const named = csiDrivers.get(name);
  const ofInstance = csiDrivers.byIndex(byInstance, name).filter((driver) => nameOf(driver) !== name);
  const objects = ownedObjects(name, owned);
  return {
    ...{ name, deployment, deployments: deployments.list(), now },
    former: former.of(deployment, now),
    ...objects,
    neighbours: neighboursIn(neighbours),
    others: [...objects.others, ...ofInstance, ...(named === undefined ? [] : [named])],
  };
}
