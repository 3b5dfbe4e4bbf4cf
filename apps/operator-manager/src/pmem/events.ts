import type { PmemCsiDeploymentStatus } from '@rackwright/api';
import { pmem } from '@rackwright/keys';
import type { EventNote } from '@rackwright/kube';

const { condition, event, phase } = pmem;

/** What happened in one reconcile that people want to read about. */
export function eventsOf(
  before: PmemCsiDeploymentStatus | undefined,
  after: PmemCsiDeploymentStatus,
): EventNote[] {
  const message = (after.reason ?? '').slice(0, 1024);
  const fresh: EventNote = {
    type: 'Normal',
    reason: event.newDeployment,
    message: 'Processing new driver deployment',
  };
  return [
    ...((before?.phase ?? '') === '' ? [fresh] : []),
    ...(after.phase === phase.running && before?.phase !== phase.running
      ? [{ type: 'Normal', reason: event.running, message } as const]
      : []),
    ...(after.phase === phase.failed && (before?.phase !== phase.failed || before.reason !== after.reason)
      ? [{ type: 'Warning', reason: event.failed, message } as const]
      : []),
    ...conflictOf(before, after),
  ];
}

/** Once for each time that a conflict begins, or that it becomes another. */
function conflictOf(
  before: PmemCsiDeploymentStatus | undefined,
  after: PmemCsiDeploymentStatus,
): EventNote[] {
  const [old, now] = [before, after].map((status) =>
    status?.conditions?.find(({ type }) => type === condition.conflictFree),
  );
  if (now?.status !== 'False' || (old?.status === 'False' && old.reason === now.reason)) return [];
  return [{ type: 'Warning', reason: event.conflict, message: (now.message ?? '').slice(0, 1024) }];
}
