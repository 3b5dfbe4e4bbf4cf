import type { CxiDriverStatus } from '@rackwright/api';
import { type AgentFailure, failedNodes } from './failures/agent-failure.ts';
import type { RebootNode } from './reboot-nodes.ts';
import type { Progress, Rollout } from './rollout.ts';

/** How many nodes there are, and how they are. Each is ready, updating or failed. */
export type NodeCounts = Required<Pick<CxiDriverStatus, 'nodes' | 'ready' | 'updating' | 'failed'>>;

/**
 * Counts nodes, not pods: a node is ready when every agent it shall have is. How
 * many are not is known from the DaemonSets, and better from the pods, as
 * different agents may be missing on different nodes. One that must be rebooted
 * has failed, whatever runs there.
 */
export function countNodes(
  rollouts: readonly Rollout[],
  failures: readonly AgentFailure[],
  { stuck }: Progress,
  reboots: readonly RebootNode[],
): NodeCounts {
  const nodes = Math.max(0, ...rollouts.map(({ counts }) => counts.desired));
  const missing = Math.max(0, ...rollouts.map(({ counts }) => counts.desired - counts.available));
  const rebooting = reboots.map(({ name }) => name);
  const known = new Set([...failedNodes(failures).named, ...rebooting]);
  const unready = Math.min(nodes, Math.max(missing, known.size));
  const { named, unnamed } = failedNodes(failures.filter(({ definite }) => definite));
  const lost = new Set([...named, ...rebooting]).size + unnamed;
  const failed = stuck ? unready : Math.min(unready, lost);
  return { nodes, ready: nodes - unready, updating: unready - failed, failed };
}
