import type { AIStoreStatus } from '@rackwright/api';
import { ais } from '@rackwright/keys';
import type { EventNote } from '@rackwright/kube';

const { condition, event, reason, state } = ais;

/** Texts that events of a state begin with. */
const told: Readonly<Record<string, { readonly reason: string; readonly message: string }>> = {
  [state.initialized]: { reason: event.initialized, message: 'The cluster is being brought up' },
  [state.created]: { reason: event.created, message: 'Proxies and targets were created' },
  [state.ready]: { reason: event.ready, message: 'The cluster is ready' },
  [state.shuttingDown]: { reason: event.updated, message: 'The cluster is being shut down' },
  [state.shutdown]: { reason: event.shutdownCompleted, message: 'The cluster was shut down' },
  [state.decommissioning]: { reason: event.deleted, message: 'The cluster is being decommissioned' },
  [state.cleaningResources]: {
    reason: event.decommissionCompleted,
    message: 'The cluster has ended, and what belongs to it is taken away',
  },
  [state.pendingLoadBalancer]: { reason: event.waiting, message: 'Waiting for addresses of load balancers' },
};

/** What happened in one pass that people want to read about. */
export function eventsOf(
  before: AIStoreStatus | undefined,
  after: AIStoreStatus,
  failure?: string,
): EventNote[] {
  const changed = before?.state === after.state ? undefined : told[after.state ?? ''];
  const [was, now] = [readyOf(before), readyOf(after)];
  const isUnclean = now?.reason === reason.cleanupFailed && was?.reason !== now.reason;
  return [
    ...(isUnclean
      ? [{ type: 'Warning', reason: reason.cleanupFailed, message: now.message.slice(0, 1024) } as const]
      : []),
    ...(changed === undefined ? [] : [{ type: 'Normal', ...changed } as const]),
    ...(failure === undefined
      ? []
      : [{ type: 'Warning', reason: event.failed, message: failure.slice(0, 1024) } as const]),
  ];
}

function readyOf(status: AIStoreStatus | undefined) {
  return status?.conditions?.find(({ type }) => type === condition.ready);
}
