import type { Summary } from '@rackwright/controller';
import { rolloutReason } from '@rackwright/keys';
import type { NodeCounts } from './node-counts.ts';
import type { Rollout } from './rollout.ts';

/**
 * Available means that every agent that is wanted serves every node it is meant
 * for, of the newest template or not, and no node failed. One rule for all components, without a
 * quorum: a node that lacks one of them may be the one somebody waits for.
 */
export function availability(
  rollouts: readonly Rollout[],
  { ready, failed }: NodeCounts,
): NonNullable<Summary['available']> {
  const missing = rollouts.filter(({ available }) => !available);
  const served = rollouts.length > 0 && missing.length === 0;
  if (served && failed === 0)
    return { status: true, reason: rolloutReason.ready, message: readyNodes(ready) };
  return {
    status: false,
    reason: failed > 0 ? rolloutReason.nodesFailed : rolloutReason.waitingForPods,
    message: missing.length === 0 ? unserved(rollouts, failed) : missing.map(servedBy).join(', '),
  };
}

/** `3 nodes ready`. */
export function readyNodes(count: number): string {
  return `${count} ${count === 1 ? 'node' : 'nodes'} ready`;
}

function unserved(rollouts: readonly Rollout[], failed: number): string {
  return rollouts.length === 0 ? 'no agent is there' : `${failed} ${failed === 1 ? 'node' : 'nodes'} failed`;
}

function servedBy({ component, counts: { available, desired }, seen }: Rollout): string {
  return seen ? `${component} on ${available} of ${desired} nodes` : `${component} on no node yet`;
}
