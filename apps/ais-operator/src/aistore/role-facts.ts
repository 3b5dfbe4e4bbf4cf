import { type AisNode, type ClusterMap, isActive, nodesOfPod } from '@rackwright/aistore';
import type { StatefulSet } from '@rackwright/kube';
import { names, type Role } from './identity.ts';
import type { PodFacts } from './pod-facts.ts';

/** A role of a cluster: what is wanted of it, and what there is. */
export interface RoleFacts {
  readonly role: Role;
  readonly cluster: string;
  /** Pods that are wanted. */
  readonly size: number;
  /** Fewer than that are no cluster. */
  readonly minReady: number;
  readonly set: StatefulSet | undefined;
  readonly pods: readonly PodFacts[];
  /** What the cluster map has; undefined while nobody knows. */
  readonly map: ClusterMap | undefined;
}

/** Where the StatefulSet of a role stands (ais.md §2.5). */
export interface SetState {
  /** What it is told to have, and what it has. */
  readonly replicas: number;
  readonly current: number;
  readonly ready: number;
  /** Its status is about the spec as it is now. */
  readonly isCurrent: boolean;
  /** Pods are still of a former template. */
  readonly isRolling: boolean;
  readonly isScaling: boolean;
  readonly partition: number;
  readonly updateRevision: string;
  readonly updated: number;
}

type Revisions = { currentRevision?: string; updateRevision?: string };

/** @param pods those of the role */
export function stateOfSet(
  { metadata, spec, status = {} }: StatefulSet,
  pods: readonly PodFacts[],
): SetState {
  const { currentRevision = '', updateRevision = '' } = status as Revisions;
  const replicas = spec?.replicas ?? 1;
  const { replicas: current = 0, readyReplicas: ready = 0, updatedReplicas: updated = 0 } = status;
  const isOld = ({ revision, isTerminating }: PodFacts): boolean =>
    !isTerminating && revision !== updateRevision;
  // With OnDelete the current revision is never moved forward: a template that goes back to the first one has it.
  const differ =
    spec?.updateStrategy?.type === 'OnDelete' ? pods.some(isOld) : updateRevision !== currentRevision;
  const isRolling = updateRevision !== '' && differ;
  return {
    ...{ replicas, current, ready, updated, updateRevision, isRolling },
    isCurrent: (status.observedGeneration ?? 0) >= (metadata?.generation ?? 0),
    isScaling: !isRolling && current !== replicas,
    partition: spec?.updateStrategy?.rollingUpdate?.partition ?? 0,
  };
}

/** Entries of the cluster map for the pod of an ordinal. */
export function nodesOf({ map, role, cluster }: RoleFacts, ordinal: number): AisNode[] {
  const nodes = role === 'proxy' ? map?.proxies : map?.targets;
  return nodes === undefined ? [] : nodesOfPod(nodes, names.pod(cluster, role, ordinal));
}

/** The entry that takes part, if the pod has one. */
export function activeNodeOf(facts: RoleFacts, ordinal: number): AisNode | undefined {
  return nodesOf(facts, ordinal).find(isActive);
}

/** How many nodes of a role take part; those in maintenance or on their way out do not. */
export function activeCount({ map, role }: Pick<RoleFacts, 'map' | 'role'>): number {
  const nodes = role === 'proxy' ? map?.proxies : map?.targets;
  return nodes === undefined ? 0 : [...nodes.values()].filter(isActive).length;
}

/** The pod of an ordinal. */
export function podOf({ pods }: RoleFacts, ordinal: number): PodFacts | undefined {
  return pods.find((pod) => pod.ordinal === ordinal);
}

/** The ordinal of the primary's pod; undefined when nobody knows, or it is no pod of this cluster. */
export function primaryOrdinal(facts: RoleFacts): number | undefined {
  const { map, pods, set } = facts;
  if (map === undefined) return undefined;
  const highest = Math.max(set?.spec?.replicas ?? 0, ...pods.map(({ ordinal }) => ordinal + 1));
  for (let ordinal = 0; ordinal < highest; ordinal++)
    if (nodesOf(facts, ordinal).some(({ id }) => id === map.primary)) return ordinal;
  return undefined;
}
