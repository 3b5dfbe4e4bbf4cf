import type { PmemCsiDeploymentStatus } from '@rackwright/api';
import type { ComponentState } from '@rackwright/controller';
import { pmem } from '@rackwright/keys';
import type { Rollout } from '@rackwright/manager';
import { type Component, pmemRollout } from './component.ts';
import { timestamp } from './timestamp.ts';

type DriverComponent = NonNullable<PmemCsiDeploymentStatus['driverComponents']>[number];

interface Input {
  readonly controller: ComponentState;
  readonly rollouts: readonly Rollout<Component>[];
  readonly previous: PmemCsiDeploymentStatus | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Controller and Node, in this order, as older clients read them. */
export function driverComponents({ controller, rollouts, previous, now }: Input): DriverComponent[] {
  const node = rollouts.find(({ component }) => component === pmem.part.node);
  const found = [
    { component: 'Controller', ready: controller.state === 'ready', reason: controller.message },
    { component: 'Node', ready: isReady(node), reason: nodeReason(node) },
  ];
  return found.map(({ component, ready, reason }, i) => {
    const status = ready ? 'Ready' : 'NotReady';
    const before = previous?.driverComponents?.[i];
    const same = before?.component === component && before.status === status && before.reason === reason;
    return {
      component,
      status,
      reason,
      lastUpdated: (same ? before.lastUpdated : undefined) ?? timestamp(now),
    };
  });
}

/** A driver that no node has serves nobody. */
function isReady(node: Rollout<Component> | undefined): boolean {
  return node?.ready === true && node.counts.desired > 0;
}

function nodeReason(node: Rollout<Component> | undefined): string {
  if (node === undefined || !node.seen) return 'Node driver has not started yet.';
  const { available, desired } = node.counts;
  return desired === 0 ? pmemRollout.noNode : `${available} out of ${desired} driver pods are ready`;
}
