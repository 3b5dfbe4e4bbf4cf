import type { AidaptivCacheSpec } from '@rackwright/api';
import { ai100 } from '@rackwright/keys';
import type { Pod } from '@rackwright/kube';
import type { JudgedNode } from '../plan.ts';

/**
 * Nodes from which pods are evicted, at most so many at a time as may be worked
 * on. Pods there hold a cache as it was before its drives went and came back: they
 * only get errors from it, and while they hold it, it cannot be mounted anew. Pure.
 */
export function nodesToClear(
  { mode, actions, maxConcurrentNodes }: AidaptivCacheSpec['recovery'],
  nodes: readonly JudgedNode[],
): string[] {
  if (mode !== 'Auto' || !actions.includes('EvictConsumers')) return [];
  return nodes
    .filter(isHeld)
    .flatMap(({ node }) => node.metadata?.name ?? [])
    .sort()
    .slice(0, maxConcurrentNodes);
}

/** Its agent says so just now, and nobody works on the node. */
function isHeld({ node, report, verdict }: JudgedNode): boolean {
  return (
    report?.status?.cache?.staleConsumers === true &&
    verdict.silentInMs !== undefined &&
    node.metadata?.annotations?.[ai100.annotation.maintenance] !== 'true' &&
    node.spec?.unschedulable !== true
  );
}

/** The pod of a node that is to go next; undefined while one goes, and when none is left. Pure. */
export function nextToEvict(pods: readonly Pod[], resource: string): Pod | undefined {
  const holding = pods.filter((pod) => isRunning(pod) && holds(pod, resource));
  if (holding.some(({ metadata }) => metadata?.deletionTimestamp !== undefined)) return undefined;
  return holding.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))[0];
}

function keyOf({ metadata }: Pod): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}

/** One that has ended holds no device any more. */
function isRunning({ status }: Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function holds({ spec }: Pod, resource: string): boolean {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return containers.some(({ resources }) => Number(resources?.limits?.[resource] ?? 0) > 0);
}
