import type { AidaptivCache, AidaptivCacheNode } from '@rackwright/api';
import type { DaemonSet, KubeObject, Node } from '@rackwright/kube';
import type { ExporterSight } from './handshake/exporter-report.ts';
import { isManaged } from './nodes/node-cache.ts';

/** One node and what its agent reports. */
export interface ManagedNode {
  readonly node: Node;
  readonly report: AidaptivCacheNode | undefined;
}

/** All that one reconcile decides from, read from the caches at one moment. */
export interface Snapshot {
  /** The AidaptivCache as it is stored; undefined when it is gone. */
  readonly cache: AidaptivCache | undefined;
  /** Whatever exists for it. */
  readonly daemonSets: readonly DaemonSet[];
  readonly others: readonly KubeObject[];
  /** Nodes agents shall run on. */
  readonly managed: readonly ManagedNode[];
  /** Other nodes on which something of ours is left. */
  readonly left: readonly Node[];
  /** Exporters that shall report; none where nobody listens. */
  readonly exporters: readonly ExporterSight[];
  /** When it was taken, in milliseconds since the epoch. */
  readonly now: number;
}

interface Cache<T extends KubeObject> {
  get(key: string): T | undefined;
  list(): readonly T[];
}

/** What a snapshot is taken from. */
export interface Caches {
  readonly caches: Cache<AidaptivCache>;
  readonly reports: Cache<AidaptivCacheNode>;
  readonly presentNodes: Cache<Node>;
  readonly markedNodes: Cache<Node>;
  readonly daemonSets: Cache<DaemonSet>;
  readonly serviceAccounts: Cache<KubeObject>;
  readonly clusterRoleBindings: Cache<KubeObject>;
  readonly roleBindings: Cache<KubeObject>;
  readonly services: Cache<KubeObject>;
}

/** Where, and with whom, a snapshot finds what is in no cache. */
export interface SnapshotContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Tells of the exporters of nodes. */
  readonly exportersOf: (nodes: readonly Node[]) => readonly ExporterSight[];
}

export function takeSnapshot(name: string, caches: Caches, { now, exportersOf }: SnapshotContext): Snapshot {
  const present = caches.presentNodes.list();
  const managed = present.filter(isManaged);
  const names = new Set(managed.map(({ metadata }) => metadata?.name));
  const excluded = [...present, ...caches.markedNodes.list()].filter(
    ({ metadata }) => !names.has(metadata?.name),
  );
  return {
    cache: caches.caches.get(name),
    daemonSets: caches.daemonSets.list(),
    others: [
      ...caches.serviceAccounts.list(),
      ...caches.clusterRoleBindings.list(),
      ...caches.roleBindings.list(),
      ...caches.services.list(),
    ],
    managed: managed.map((node) => ({ node, report: caches.reports.get(node.metadata?.name ?? '') })),
    left: [...new Map(excluded.map((node) => [node.metadata?.name, node])).values()],
    exporters: exportersOf(managed),
    now,
  };
}
