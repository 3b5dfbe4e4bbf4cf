import { type AidaptivCacheNode, aidaptivCacheNodes } from '@rackwright/api';
import { ignoreNotFound, type KubeClient } from '@rackwright/kube';

/** The device plugin writes every five minutes; a report that is much older is of one that is gone. */
const oldestMs = 900_000;

/**
 * Whether the node has a cache by the report of its device plugin: one that is
 * mounted, or lost with its drives. The plugin runs where the label is, and
 * must stay to see the drives come back. Pure.
 */
export function isCacheInUse({ status }: AidaptivCacheNode, nowMs: number): boolean {
  const { cache, heartbeatTime } = status ?? {};
  const isFresh = heartbeatTime !== undefined && nowMs - Date.parse(heartbeatTime) < oldestMs;
  return isFresh && (cache?.mounted === true || cache?.state === 'Lost' || cache?.state === 'Rebuilding');
}

/** Asks the API server; a cluster without AI100 has no such kind. @throws KubeError if it does not answer */
export async function readCacheInUse(
  client: Pick<KubeClient, 'get'>,
  node: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const report = await ignoreNotFound(client.get(aidaptivCacheNodes, { name: node }, { signal }));
  return report !== undefined && isCacheInUse(report, nowMs);
}
