import type { AidaptivCache, PhisonDeviceOperator, PhisonDeviceOperatorStatus } from '@rackwright/api';
import type { Condition } from '@rackwright/controller';
import { aidaptivCache, conditionType } from '@rackwright/keys';
import type { EventNote } from '@rackwright/kube';
import type { Acceptance, OlderPlan } from './plan.ts';

const { condition, reason: reasons, event } = aidaptivCache;

/** Longest message of a status. */
const maxMessage = 4096;

export interface OlderStatusInput {
  readonly object: PhisonDeviceOperator;
  readonly plan: OlderPlan;
  readonly cache: AidaptivCache | undefined;
  /** Why the plan could not be carried out; undefined when it could. */
  readonly failure: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The whole status: phase and message are those of the AidaptivCache, whoever made it. */
export function olderStatus(input: OlderStatusInput): PhisonDeviceOperatorStatus {
  const { object, plan, cache, failure } = input;
  const { accepted, reason, message }: Acceptance =
    failure === undefined ? plan : { accepted: false, reason: reasons.failed, message: failure };
  const ready = cache?.status?.conditions?.find(({ type }) => type === conditionType.ready);
  const phase = cache?.status?.phase ?? (accepted ? 'Pending' : 'Error');
  return {
    observedGeneration: object.metadata?.generation ?? 0,
    phase,
    message: (ready?.message ?? message).slice(0, maxMessage),
    conditions: [
      conditionOf(input, condition.accepted, accepted, { reason, message }),
      unsupportedCondition(input),
    ],
  };
}

function unsupportedCondition(input: OlderStatusInput): Condition {
  const { unsupported } = input.plan;
  const has = unsupported.length > 0;
  return conditionOf(input, condition.unsupported, has, {
    reason: has ? reasons.unsupportedPlugin : reasons.supported,
    message: has ? unsupported.join('; ').slice(0, maxMessage) : 'all plugins are taken over',
  });
}

function conditionOf(
  { object, now }: OlderStatusInput,
  type: string,
  holds: boolean,
  why: Pick<Condition, 'reason' | 'message'>,
): Condition {
  const status = holds ? 'True' : 'False';
  const before = object.status?.conditions?.find((one) => one.type === type);
  const lastTransitionTime =
    before?.status === status ? before.lastTransitionTime : `${new Date(now).toISOString().slice(0, 19)}Z`;
  const observedGeneration = object.metadata?.generation ?? 0;
  return { type, status, ...why, lastTransitionTime, observedGeneration };
}

/** What people are told once: a new reason why it has no effect, and what of it nobody runs. */
export function olderEvents(
  before: PhisonDeviceOperatorStatus | undefined,
  after: PhisonDeviceOperatorStatus,
): EventNote[] {
  const notes: readonly [type: string, warnsIf: Condition['status'], reason: string][] = [
    [condition.accepted, 'False', event.notAccepted],
    [condition.unsupported, 'True', event.unsupportedPlugin],
  ];
  return notes.flatMap(([type, warnsIf, reason]): EventNote[] => {
    const [was, is] = [before, after].map((status) => status?.conditions?.find((one) => one.type === type));
    if (is?.status !== warnsIf || was?.message === is.message) return [];
    return [{ type: 'Warning', reason, message: is.message.slice(0, 1024) }];
  });
}
