import { posix } from 'node:path';
import { type AIStore, type AIStoreSpec, parseAIStore } from '@rackwright/api';
import { keyOf, type Node } from '@rackwright/kube';
import { effectiveSpec } from '../effective.ts';
import { mayHavePods } from '../own-nodes.ts';
import type { Snapshot } from '../snapshot.ts';

/** Two clusters of which one would have its files in a folder of the other. */
export interface FolderConflict {
  /** `namespace/name` of the other. */
  readonly other: string;
  /** The folder of this cluster, on the nodes that both may have pods on. */
  readonly folder: string;
}

interface HostFolders {
  readonly spec: AIStoreSpec;
  /** All of them, and those of its state. */
  readonly folders: readonly string[];
  readonly state: readonly string[];
}

/** An object of a cache is never changed, only replaced, and is looked at with each pass of each cluster. */
const known = new WeakMap<AIStore, HostFolders | undefined>();

/**
 * Folders of nodes have the namespace and name of their cluster in them, so that clusters may share
 * what is above. They meet all the same where one is given a folder that is in another's.
 */
function folderConflicts(
  cluster: AIStore,
  { others, nodes }: Pick<Snapshot, 'others' | 'nodes'>,
): FolderConflict[] {
  const own = foldersOf(cluster);
  return own === undefined ? [] : conflictsOf(own, own.folders, others, nodes);
}

/** The same of what is cleaned when the cluster is deleted, whoever was there first. */
export function cleanupConflicts(
  cluster: AIStore,
  { others, nodes }: Pick<Snapshot, 'others' | 'nodes'>,
): FolderConflict[] {
  const own = foldersOf(cluster);
  return own === undefined ? [] : conflictsOf(own, own.state, others, nodes);
}

function conflictsOf(
  own: HostFolders,
  folders: readonly string[],
  others: readonly AIStore[],
  nodes: readonly Node[],
): FolderConflict[] {
  return others.flatMap((other) => {
    const theirs = foldersOf(other);
    const folder = folders.find((one) => theirs?.folders.some((two) => meet(one, two)));
    if (folder === undefined || theirs === undefined || !shareNode(own, theirs, nodes)) return [];
    return [{ other: keyOf(other), folder }];
  });
}

/** The cluster that was there first, and has a folder that this one must keep away from. */
export function conflictWithOlder(
  cluster: AIStore,
  snapshot: Pick<Snapshot, 'others' | 'nodes'>,
): FolderConflict | undefined {
  const others = snapshot.others.filter((other) => isOlder(other, cluster));
  return folderConflicts(cluster, { ...snapshot, others })[0];
}

function foldersOf(cluster: AIStore): HostFolders | undefined {
  if (!known.has(cluster)) known.set(cluster, readFolders(cluster));
  return known.get(cluster);
}

function readFolders(cluster: AIStore): HostFolders | undefined {
  const parsed = parseAIStore(cluster);
  if (!parsed.ok) return undefined;
  const { spec, state } = effectiveSpec(parsed.value.spec);
  const { logsDir = '', targetSpec } = spec;
  const below = (folder: string): string => posix.normalize(`${folder}/${keyOf(cluster)}`);
  const stateFolders = state.kind === 'host path' ? [below(state.prefix)] : [];
  const folders = [
    ...stateFolders,
    ...(logsDir === '' ? [] : [below(logsDir)]),
    ...targetSpec.mounts.flatMap(({ path, useHostPath }) =>
      useHostPath === true ? [`${below(path)}/target`] : [],
    ),
  ];
  return { spec, folders, state: stateFolders };
}

function meet(one: string, two: string): boolean {
  return one === two || one.startsWith(`${two}/`) || two.startsWith(`${one}/`);
}

function shareNode(one: HostFolders, two: HostFolders, nodes: readonly Node[]): boolean {
  return nodes.some((node) => mayHavePods(one.spec, node) && mayHavePods(two.spec, node));
}

function isOlder(one: AIStore, two: AIStore): boolean {
  const [a, b] = [ageOf(one), ageOf(two)];
  return a === b ? keyOf(one) < keyOf(two) : a < b;
}

function ageOf({ metadata }: AIStore): number {
  return Date.parse(metadata?.creationTimestamp ?? '') || 0;
}
