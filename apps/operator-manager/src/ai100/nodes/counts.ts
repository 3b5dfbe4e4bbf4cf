import type { AidaptivCacheStatus } from '@rackwright/api';
import type { ComponentState } from '@rackwright/controller';
import { aidaptivCache } from '@rackwright/keys';
import type { JudgedNode, Plan } from '../plan.ts';

const { reason: reasons } = aidaptivCache;

/** Its agent says that drives and cache are there. */
export function isReady({ verdict: { deviceProblem, cacheUnavailable } }: JudgedNode): boolean {
  return deviceProblem.status === 'False' && cacheUnavailable.status === 'False';
}

function isUnhealthy({ verdict: { health } }: JudgedNode): boolean {
  return health === 'unhealthy';
}

export function nodeCounts({ nodes }: Plan): NonNullable<AidaptivCacheStatus['nodes']> {
  return {
    desired: nodes.length,
    ready: nodes.filter(isReady).length,
    unhealthy: nodes.filter(isUnhealthy).length,
  };
}

/** Units of all nodes; of a node that has gone silent none is healthy. */
export function unitCounts({ nodes }: Plan): NonNullable<AidaptivCacheStatus['units']> {
  const sum = { capacity: 0, healthy: 0, allocated: 0 };
  for (const { report, verdict } of nodes) {
    const { capacity = 0, healthy = 0, allocated = 0 } = report?.status?.units ?? {};
    sum.capacity += capacity;
    sum.healthy += verdict.silentInMs === undefined ? 0 : healthy;
    sum.allocated += allocated;
  }
  return sum;
}

/** The condition that tells of all nodes; none without nodes. */
export function nodesState({ nodes, stage }: Plan): ComponentState[] {
  if (nodes.length === 0 || stage === 'deleting') return [];
  const type = aidaptivCache.condition.nodesHealthy;
  const bad = nodes.filter(isUnhealthy);
  if (bad.length > 0)
    return [{ type, state: 'failed', reason: reasons.unhealthyNodes, message: describe(bad) }];
  const ready = nodes.filter(isReady);
  const message = `${ready.length} of ${nodes.length} nodes have healthy drives and their cache`;
  return ready.length === nodes.length
    ? [{ type, state: 'ready', reason: reasons.nodesHealthy, message }]
    : [{ type, state: 'progressing', reason: reasons.noReport, message }];
}

/** The first node, what is wrong with it, and how many there are more. */
function describe([first, ...others]: readonly JudgedNode[]): string {
  if (first === undefined) return '';
  const { node, verdict } = first;
  const { deviceProblem, cacheUnavailable } = verdict;
  const problem = deviceProblem.status === 'False' ? cacheUnavailable : deviceProblem;
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `node ${node.metadata?.name ?? ''}: ${problem.message}${more}`;
}
