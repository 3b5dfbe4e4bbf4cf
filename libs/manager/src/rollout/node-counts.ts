import { type AgentFailure, failedNodes } from './agent-failure.ts';
import type { Progress } from './progress.ts';
import type { Rollout } from './rollout.ts';

/** How many nodes there are, and how they are. Each is ready, updating or failed. */
export interface NodeCounts {
  readonly nodes: number;
  readonly ready: number;
  readonly updating: number;
  readonly failed: number;
}

/**
 * Counts nodes, not pods: a node is ready when every agent it shall have is. How
 * many are not is known from the DaemonSets, and better from the pods, as
 * different agents may be missing on different nodes. Those named in `lost` have
 * failed, whatever runs there.
 */
export function countNodes(
  rollouts: readonly Rollout[],
  failures: readonly AgentFailure[],
  { stuck }: Progress,
  lost: readonly string[],
): NodeCounts {
  const nodes = Math.max(0, ...rollouts.map(({ counts }) => counts.desired));
  const missing = Math.max(0, ...rollouts.map(({ counts }) => counts.desired - counts.available));
  const known = new Set([...failedNodes(failures).named, ...lost]);
  const unready = Math.min(nodes, Math.max(missing, known.size));
  const { named, unnamed } = failedNodes(failures.filter(({ definite }) => definite));
  const failing = new Set([...named, ...lost]).size + unnamed;
  const failed = stuck ? unready : Math.min(unready, failing);
  return { nodes, ready: nodes - unready, updating: unready - failed, failed };
}
