import { aidaptivCache } from '@rackwright/keys';
import type { Node } from '@rackwright/kube';

/** Nodes that fail within this time count together. */
const windowMs = 600_000;

/** Whether recovery rests, and until when it does at least, in milliseconds from now. */
export interface Suspension {
  readonly suspended: boolean;
  readonly message: string;
  readonly againAfterMs?: number;
}

/**
 * More than half of the nodes that fail within ten minutes have a common cause,
 * which may be us: resetting their drives would make it worse. Of one node alone
 * nothing can be said.
 *
 * @param nodes all that are managed, with their conditions as they are going to be
 */
export function judgeSuspension(nodes: readonly Pick<Node, 'status'>[], now: number): Suspension {
  const failedAgo = nodes.flatMap(({ status }) => {
    const times = (status?.conditions ?? [])
      .filter(({ type, status: isProblem }) => ownTypes.includes(type) && isProblem === 'True')
      .map(({ lastTransitionTime = '' }) => now - Date.parse(lastTransitionTime));
    const recent = times.filter((ms) => ms < windowMs);
    return recent.length === 0 ? [] : [Math.min(...recent)];
  });
  const suspended = failedAgo.length > 1 && failedAgo.length * 2 > nodes.length;
  if (!suspended) return { suspended, message: 'no more than half of the nodes failed within ten minutes' };
  return {
    suspended,
    message: `${failedAgo.length} of ${nodes.length} nodes failed within ten minutes; look for a common cause`,
    againAfterMs: windowMs - Math.max(...failedAgo),
  };
}

const ownTypes: readonly string[] = Object.values(aidaptivCache.nodeCondition);
