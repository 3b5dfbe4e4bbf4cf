import type { AidaptivCacheStatus } from '@rackwright/api';
import type { ActionOutcome } from '@rackwright/controller';
import { aidaptivCache, conditionType } from '@rackwright/keys';
import type { EventNote } from '@rackwright/kube';

const { event: reasons, condition } = aidaptivCache;

const verbReason = {
  create: reasons.componentCreated,
  update: reasons.componentUpdated,
  delete: reasons.componentDeleted,
} as const;

/** What happened in one reconcile that people want to read about. */
export function eventsOf(
  outcomes: readonly ActionOutcome[],
  before: AidaptivCacheStatus | undefined,
  after: AidaptivCacheStatus,
): EventNote[] {
  return [
    ...componentEvents(outcomes),
    ...readiness(before, after),
    ...suspension(before, after),
    ...handshakes(before, after),
  ];
}

function componentEvents(outcomes: readonly ActionOutcome[]): EventNote[] {
  return outcomes.flatMap(({ action: { verb, object, why }, error, unapplied }): EventNote[] => {
    if (object.kind !== 'DaemonSet' || error !== undefined || unapplied !== undefined || verb === 'refuse')
      return [];
    const message = `DaemonSet ${object.metadata?.name ?? ''} ${verb}d: ${why.join('; ')}`;
    return [{ type: 'Normal', reason: verbReason[verb], message: message.slice(0, 1024) }];
  });
}

/** A change of Ready for the better, and every new reason for the worse. */
function readiness(before: AidaptivCacheStatus | undefined, after: AidaptivCacheStatus): EventNote[] {
  const ready = find(after, conditionType.ready);
  const previous = find(before, conditionType.ready);
  if (ready === undefined || (ready.status === previous?.status && ready.reason === previous.reason))
    return [];
  if (ready.status === 'True') return [{ type: 'Normal', reason: reasons.rolledOut, message: ready.message }];
  if (find(after, conditionType.degraded)?.status !== 'True') return [];
  return [{ type: 'Warning', reason: ready.reason, message: ready.message }];
}

function suspension(before: AidaptivCacheStatus | undefined, after: AidaptivCacheStatus): EventNote[] {
  const wasSuspended = find(before, condition.recoverySuspended)?.status === 'True';
  const now = find(after, condition.recoverySuspended);
  if (now === undefined || (now.status === 'True') === wasSuspended) return [];
  return wasSuspended
    ? [{ type: 'Normal', reason: reasons.recoveryResumed, message: now.message }]
    : [{ type: 'Warning', reason: reasons.recoverySuspended, message: now.message }];
}

/** A change of whether all exporters report; that the first ones do is no news. */
function handshakes(before: AidaptivCacheStatus | undefined, after: AidaptivCacheStatus): EventNote[] {
  const previous = find(before, condition.exportersReporting)?.status;
  const now = find(after, condition.exportersReporting);
  if (now === undefined || now.status === previous) return [];
  const { message } = now;
  if (now.status === 'False') return [{ type: 'Warning', reason: reasons.exportersSilent, message }];
  return previous === 'False' ? [{ type: 'Normal', reason: reasons.exportersReporting, message }] : [];
}

function find(status: AidaptivCacheStatus | undefined, type: string) {
  return status?.conditions?.find((one) => one.type === type);
}
