import { isDeepStrictEqual } from 'node:util';
import {
  type AskedDriver,
  type PmemCsiDeployment,
  type PmemDeployment,
  type ReadDriver,
  readPmemCsiDeployment,
  readPmemDeployment,
  sharesName,
} from '@rackwright/api';
import type { ControllerSource, InformerEvent } from '@rackwright/controller';
import type { CSIDriver, KubeObject, Node } from '@rackwright/kube';
import type { InformerView } from '@rackwright/manager';
import { centralDrivers, type DriverKind, type DriverObject, nodeLocalDrivers } from './driver-kind.ts';
import { nameOf } from './manifests/identity.ts';
import type { Cache } from './snapshot.ts';

/** What drivers may be in each other's way about. */
export interface Neighbours {
  /** All that are asked for, by objects of both kinds. */
  readonly drivers: readonly AskedDriver[];
  readonly nodes: readonly Node[];
}

/** What they are read from. */
export interface NeighbourCaches {
  readonly nodeLocal: Pick<Cache<PmemCsiDeployment>, 'list'>;
  readonly central: Pick<Cache<PmemDeployment>, 'list'>;
  readonly nodes: Pick<Cache<Node>, 'list'>;
}

export function neighboursIn({ nodeLocal, central, nodes }: NeighbourCaches): Neighbours {
  const drivers = [...nodeLocal.list().map(readPmemCsiDeployment), ...central.list().map(readPmemDeployment)];
  return { drivers, nodes: nodes.list() };
}

/** Keeps of a Node what is read here. */
export function trimLabels({ apiVersion, kind, metadata }: Node): Node {
  const { name = '', uid = '', resourceVersion = '', labels = {} } = metadata ?? {};
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: { name, uid, resourceVersion, labels },
  };
}

/** Caches of everybody's objects, which the controllers of both kinds have. */
export interface SharedCaches extends NeighbourCaches {
  readonly csiDrivers: InformerView<CSIDriver>;
  readonly nodeLocal: InformerView<PmemCsiDeployment>;
  readonly central: InformerView<PmemDeployment>;
  readonly nodes: InformerView<Node>;
}

/** By which the controller of a kind learns of deployments of either kind, and of nodes they share. */
export function neighbourSources(kind: DriverKind, shared: SharedCaches): ControllerSource[] {
  const own: Owned = { read: kind.read, list: () => shared[kind.cache].list() };
  return [
    ...[nodeLocalDrivers, centralDrivers].map((of) => ({
      informer: shared[of.cache],
      map: (object: KubeObject, event?: InformerEvent<KubeObject>) => [
        ...new Set([...(of === kind ? [nameOf(object)] : []), ...concerned(own, of.read(object), event)]),
      ],
    })),
    { informer: shared.nodes, map: (node, event) => selecting(own, node, event) },
  ];
}

/** The deployments of a kind. */
interface Owned {
  readonly read: ReadDriver;
  list(): readonly DriverObject[];
}

/** All when a deployment comes, goes or has another spec, else those of the same names. */
function concerned(own: Owned, changed: AskedDriver, event: InformerEvent<KubeObject> | undefined): string[] {
  const [before, after] = [event?.previous?.metadata, event?.object.metadata];
  const same =
    before !== undefined &&
    before.generation === after?.generation &&
    before.deletionTimestamp === after?.deletionTimestamp;
  return own
    .list()
    .filter((one) => !same || sharesName(own.read(one), changed))
    .map(nameOf);
}

/** Those that select a node, or did, once its labels change. */
function selecting(own: Owned, node: KubeObject, event: InformerEvent<KubeObject> | undefined): string[] {
  const { previous } = event ?? {};
  if (previous !== undefined && isDeepStrictEqual(previous.metadata?.labels, node.metadata?.labels))
    return [];
  const states = previous === undefined ? [node] : [previous, node];
  return own
    .list()
    .filter((one) => states.some((state) => selects(own.read(one), state)))
    .map(nameOf);
}

/** Whether a driver runs on a node. */
export function selects({ nodeSelector }: AskedDriver, { metadata }: KubeObject): boolean {
  return Object.entries(nodeSelector).every(([key, value]) => metadata?.labels?.[key] === value);
}
