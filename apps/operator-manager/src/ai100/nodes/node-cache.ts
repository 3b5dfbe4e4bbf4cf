import type { AidaptivCacheNode } from '@rackwright/api';
import { ai100, aidaptivCache, discovery } from '@rackwright/keys';
import type { KubeObject, Node } from '@rackwright/kube';

/** Selects the nodes agents shall run on, but for those an administrator took out. */
export const presentSelector = `${discovery.label.ai100.present}=true`;

/** Selects the nodes on which something of ours is. */
export const markedSelector = aidaptivCache.healthLabel;

const ownConditions: readonly string[] = Object.values(aidaptivCache.nodeCondition);

/** Keeps of a Node what is read and written here. */
export function trimNode({ apiVersion, kind, metadata, spec, status }: Node): Node {
  const { name = '', uid = '', resourceVersion = '', labels = {} } = metadata ?? {};
  const maintenance = metadata?.annotations?.[ai100.annotation.maintenance];
  const annotations = maintenance === undefined ? {} : { [ai100.annotation.maintenance]: maintenance };
  const conditions = (status?.conditions ?? []).filter(({ type }) => ownConditions.includes(type));
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    metadata: { name, uid, resourceVersion, labels, annotations },
    spec: {
      ...(spec?.taints === undefined ? {} : { taints: spec.taints }),
      ...(spec?.unschedulable === undefined ? {} : { unschedulable: spec.unschedulable }),
    },
    status: { conditions },
  };
}

/** Keeps of a report what is read here: not what drives say of themselves, which changes all the time. */
export function trimReport({ metadata, status, ...rest }: AidaptivCacheNode): AidaptivCacheNode {
  const { name = '', uid = '', resourceVersion = '' } = metadata ?? {};
  if (status === undefined) return { ...rest, metadata: { name, uid, resourceVersion } };
  const devices = (status.devices ?? []).map(({ serial, eligible, health, message }) => ({
    ...{ serial, eligible },
    ...(health === undefined ? {} : { health }),
    ...(message === undefined ? {} : { message }),
  }));
  return { ...rest, metadata: { name, uid, resourceVersion }, status: { ...status, devices } };
}

/** Whether agents shall run on it. */
export function isManaged({ metadata }: KubeObject): boolean {
  const { labels = {} } = metadata ?? {};
  return labels[discovery.label.ai100.present] === 'true' && labels[aidaptivCache.deployLabel] !== 'false';
}
