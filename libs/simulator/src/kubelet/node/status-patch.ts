import type { Node } from '@rackwright/kube';
import { apiTime } from '../pods/container-statuses.ts';

type NodeStatus = NonNullable<Node['status']>;

/** The new status with heartbeat and transition times, the latter kept where nothing changed. */
export function withTimes(next: NodeStatus, old: NodeStatus | undefined, now: number): NodeStatus {
  return {
    ...next,
    conditions: (next.conditions ?? []).map((condition) => {
      const before = old?.conditions?.find((one) => one.type === condition.type);
      const kept = before?.status === condition.status ? before.lastTransitionTime : undefined;
      return { ...condition, lastHeartbeatTime: apiTime(now), lastTransitionTime: kept ?? apiTime(now) };
    }),
  };
}

/** Whether two statuses differ in anything but heartbeats. */
export function statusChanged(next: NodeStatus, old: NodeStatus | undefined): boolean {
  return old === undefined || fingerprint(next) !== fingerprint(old);
}

/** Whether the API server shows another state of a condition than the kubelet found: the node controller writes them too. */
export function conditionsDrifted(api: NodeStatus | undefined, own: NodeStatus): boolean {
  if (api?.conditions === undefined) return false;
  return (own.conditions ?? []).some(({ type, status, reason }) => {
    const shown = api.conditions?.find((one) => one.type === type);
    return shown?.status !== status || shown?.reason !== reason;
  });
}

function fingerprint(status: NodeStatus): string {
  const { conditions = [], ...rest } = status;
  const stable = conditions.map(({ lastHeartbeatTime: _, ...condition }) => condition);
  return JSON.stringify({ ...rest, conditions: stable });
}

/**
 * Counts of devices with those that were reported before and are not any more
 * at 0: so a kubelet tells that a plugin was here once.
 */
export function withVanished(
  counts: Readonly<Record<string, number>>,
  known: ReadonlySet<string>,
): Record<string, number> {
  return { ...Object.fromEntries([...known].map((name) => [name, 0])), ...counts };
}
