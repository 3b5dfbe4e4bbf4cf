import type { CxiDriverStatus } from '@rackwright/api';
import { type AgentFailure, failedNodes } from './failures/agent-failure.ts';
import type { Progress, Rollout } from './rollout.ts';

/** How many nodes there are, and how they are. Each is ready, updating or failed. */
export type NodeCounts = Required<Pick<CxiDriverStatus, 'nodes' | 'ready' | 'updating' | 'failed'>>;

/**
 * Counts nodes, not pods: a node is ready when every agent it shall have is. How
 * many are not is known from the DaemonSets, and better from the pods, as
 * different agents may be missing on different nodes.
 */
export function countNodes(
  rollouts: readonly Rollout[],
  failures: readonly AgentFailure[],
  { stuck }: Progress,
): NodeCounts {
  const nodes = Math.max(0, ...rollouts.map(({ counts }) => counts.desired));
  const missing = Math.max(0, ...rollouts.map(({ counts }) => counts.desired - counts.available));
  const unready = Math.min(nodes, Math.max(missing, failedNodes(failures).named.size));
  const { named, unnamed } = failedNodes(failures.filter(({ definite }) => definite));
  const failed = stuck ? unready : Math.min(unready, named.size + unnamed);
  return { nodes, ready: nodes - unready, updating: unready - failed, failed };
}
