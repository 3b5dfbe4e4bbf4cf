import type { CxiDriverStatus } from '@rackwright/api';
import type { ActionOutcome } from '@rackwright/controller';
import { conditionType, cxiEvent, cxiReason } from '@rackwright/keys';
import type { Plan } from './plan.ts';

/** One event about a CXIDriver. */
export interface DriverEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

const verbReason = {
  create: cxiEvent.componentCreated,
  update: cxiEvent.componentUpdated,
  delete: cxiEvent.componentDeleted,
} as const;

/** What happened in one reconcile that people want to read about. */
export function eventsOf(
  plan: Plan,
  outcomes: readonly ActionOutcome[],
  before: CxiDriverStatus | undefined,
  after: CxiDriverStatus,
): DriverEvent[] {
  return [...activation(plan), ...componentEvents(plan, outcomes), ...readiness(before, after)];
}

function activation({ stage, record }: Plan): DriverEvent[] {
  if (record === undefined || stage === 'deleting') return [];
  return [{ type: 'Normal', reason: cxiEvent.activated, message: 'this CXIDriver is the active one' }];
}

function componentEvents({ orphan, remove }: Plan, outcomes: readonly ActionOutcome[]): DriverEvent[] {
  const deleted = [...orphan, ...remove].map(
    ({ metadata }): DriverEvent => ({
      type: 'Normal',
      reason: cxiEvent.componentDeleted,
      message: `DaemonSet ${metadata?.name ?? ''} deleted`,
    }),
  );
  const done = outcomes.filter(
    ({ action, error, unapplied }) =>
      action.object.kind === 'DaemonSet' && error === undefined && unapplied === undefined,
  );
  return [
    ...deleted,
    ...done.flatMap(({ action: { verb, object, why } }): DriverEvent[] => {
      if (verb === 'refuse') return [];
      const message = `DaemonSet ${object.metadata?.name ?? ''} ${verb}d: ${why.join('; ')}`;
      return [{ type: 'Normal', reason: verbReason[verb], message: message.slice(0, 1024) }];
    }),
  ];
}

/** A change of Ready for the better, and every new reason for the worse. */
function readiness(before: CxiDriverStatus | undefined, after: CxiDriverStatus): DriverEvent[] {
  const ready = find(after, conditionType.ready);
  const previous = find(before, conditionType.ready);
  if (ready === undefined || (ready.status === previous?.status && ready.reason === previous.reason))
    return [];
  if (ready.status === 'True')
    return [{ type: 'Normal', reason: cxiEvent.rolledOut, message: ready.message }];
  if (find(after, conditionType.degraded)?.status !== 'True') return [];
  const reason = ready.reason === cxiReason.anotherDriverActive ? cxiEvent.ignored : ready.reason;
  return [{ type: 'Warning', reason, message: ready.message }];
}

function find(status: CxiDriverStatus | undefined, type: string) {
  return status?.conditions?.find((condition) => condition.type === type);
}
