import { isDeepStrictEqual } from 'node:util';
import type { PmemCsiDeploymentStatus } from '@rackwright/api';
import { type ComponentState, type Condition, type Outcome, summarise } from '@rackwright/controller';
import { conditionType, pmem } from '@rackwright/keys';
import type { DaemonSet } from '@rackwright/kube';
import { type AgentFailure, type PlanFailure, reportRollouts } from '@rackwright/manager';
import { type Component, pmemRollout } from './component.ts';
import { conflictState } from './conflicts.ts';
import { type ControllerWorkload, controllerState } from './controller-state.ts';
import { driverComponents } from './driver-components.ts';
import type { DriverKind, DriverObject } from './driver-kind.ts';
import type { Neighbours } from './neighbours.ts';
import type { Plan } from './plan.ts';
import { timestamp } from './timestamp.ts';

type Status = PmemCsiDeploymentStatus;

export interface StatusInput {
  /** The deployment as it is stored. */
  readonly deployment: DriverObject;
  readonly kind: Pick<DriverKind, 'read'>;
  readonly plan: Plan;
  readonly daemonSets: readonly DaemonSet[];
  readonly controller: ControllerWorkload | undefined;
  readonly neighbours: Neighbours;
  /** Why pods on nodes are not ready, as far as it is known. */
  readonly failures: readonly AgentFailure<Component>[];
  readonly planFailure: PlanFailure<Component> | undefined;
  /** What somebody changes that was applied, in words; empty when nobody does. */
  readonly drift: string;
  /** What the CRDs lack of this version, as one sentence; undefined when they lack nothing. */
  readonly crdShortfall: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface StatusResult {
  readonly status: Status;
  /** When the status changes although nothing else does, in milliseconds from now. */
  readonly changesAfterMs?: number;
}

/** How long a rollout may stand still. */
const timeoutMs = 300_000;

const { condition, reason: reasons, phase: phases } = pmem;

/** The whole status, computed in this one place. The same input gives the same status. */
export function statusOf(input: StatusInput): StatusResult {
  const { deployment, plan, now } = input;
  const generation = deployment.metadata?.generation ?? 0;
  const previous = previousOf(deployment.status);
  const report = reportRollouts({
    ...input,
    ...{ kind: pmemRollout, generation, timeoutMs, previous },
    wanted: plan.wanted,
  });
  const controller = controllerState(input.controller);
  const conditions = summarise({
    generation,
    outcome: outcomeOf(input),
    components: [
      deployedState(input),
      ...(plan.stage === 'active' ? [controller] : []),
      ...report.states,
      ...(plan.states ?? []),
      conflictState(input.kind.read(deployment), input.neighbours),
      ...crdState(input.crdShortfall),
    ],
    available: report.available,
    previous: previous.conditions,
    now,
  });
  const { remainingMs, lastProgressTime } = report.progress;
  const status: Status = {
    observedGeneration: generation,
    ...phaseOf(conditions),
    conditions: conditions.map((one) => ({ ...one, lastUpdateTime: one.lastTransitionTime })),
    driverComponents: driverComponents({
      controller,
      rollouts: report.rollouts,
      previous: deployment.status,
      now,
    }),
    components: report.rollouts.map(({ counts }) => counts),
    lastProgressTime,
  };
  return {
    status: withUpdateTime(status, deployment.status, now),
    ...(remainingMs === undefined || plan.stage !== 'active' ? {} : { changesAfterMs: remainingMs }),
  };
}

/** In the words of this operator; conditions of the older one say less. */
function previousOf(status: Status | undefined) {
  const conditions = (status?.conditions ?? []).map(
    ({
      type,
      status: is,
      reason = '',
      message = '',
      lastTransitionTime,
      lastUpdateTime,
      observedGeneration,
    }) => ({
      ...{ type, status: is, reason, message },
      lastTransitionTime: lastTransitionTime ?? lastUpdateTime ?? '',
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
    }),
  );
  return { ...status, conditions: conditions.filter(({ lastTransitionTime }) => lastTransitionTime !== '') };
}

/** Every object is as it is wanted. */
function deployedState({ plan, planFailure, drift }: StatusInput): ComponentState {
  const type = condition.driverDeployed;
  const failure = planFailure?.message ?? (plan.stage === 'refused' ? plan.message : drift);
  if (failure === '')
    return { type, state: 'ready', reason: reasons.deployed, message: 'every object is as it is wanted' };
  const reason = plan.stage === 'refused' ? plan.reason : reasons.failed;
  return { type, state: 'failed', reason, message: failure };
}

/** Shown only while it is so. */
function crdState(shortfall: string | undefined): ComponentState[] {
  if (shortfall === undefined) return [];
  return [{ type: condition.crdsCurrent, state: 'failed', reason: reasons.crdOutdated, message: shortfall }];
}

function outcomeOf({ plan, planFailure, drift }: StatusInput): Outcome {
  if (planFailure !== undefined) {
    const { terminal, message } = planFailure;
    return terminal
      ? { state: 'stalled', reason: reasons.invalidSpec, message }
      : { state: 'failed', reason: reasons.failed, message };
  }
  if (plan.stage === 'refused') return { state: 'stalled', reason: plan.reason, message: plan.message };
  if (plan.stage === 'deleting') return { state: 'working', reason: reasons.deleting };
  if (plan.stage === 'preparing') return { state: 'working', reason: reasons.certificatesMade };
  if (drift !== '') return { state: 'failed', reason: reasons.drifted, message: drift };
  return { state: 'done', reason: reasons.ready, message: 'All driver components are deployed successfully' };
}

/** Initializing until every pod is ready, then Running; Failed while nothing good will come by itself. */
function phaseOf(conditions: readonly Condition[]): Pick<Status, 'phase' | 'reason'> {
  const of = (type: string) => conditions.find((one) => one.type === type);
  const ready = of(conditionType.ready);
  const reason = ready?.message ?? '';
  if (ready?.status === 'True') return { phase: phases.running, reason };
  return {
    phase: of(conditionType.degraded)?.status === 'True' ? phases.failed : phases.initializing,
    reason,
  };
}

/** The time moves only with what it is about, so that a reconcile with nothing new writes nothing. */
function withUpdateTime(status: Status, before: Status | undefined, now: number): Status {
  const { lastUpdated, ...rest } = before ?? {};
  const same = lastUpdated !== undefined && isDeepStrictEqual(rest, status);
  return { ...status, lastUpdated: same ? lastUpdated : timestamp(now) };
}
