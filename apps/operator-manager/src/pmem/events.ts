import type { PmemCsiDeploymentStatus } from '@rackwright/api';
import { pmem } from '@rackwright/keys';
import type { EventNote } from '@rackwright/kube';

const { event, phase } = pmem;

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
  ];
}
