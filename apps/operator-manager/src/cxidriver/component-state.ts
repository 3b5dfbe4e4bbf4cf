import type { CxiDriverStatus } from '@rackwright/api';
import type { ComponentState } from '@rackwright/controller';
import { cxi, cxiReason } from '@rackwright/keys';
import { type Component, componentCondition } from './component.ts';
import { type AgentFailure, describeFailures } from './failures/agent-failure.ts';
import { describeReboots, type RebootNode } from './reboot-nodes.ts';
import type { Progress, Rollout } from './rollout.ts';

/** What carrying out a plan ran into. */
export interface PlanFailure {
  readonly message: string;
  /** The API server will refuse the same again, so only a change of the spec helps. */
  readonly terminal: boolean;
  /** The component it happened to; undefined when it was none. */
  readonly component?: Component;
}

/** What the state of a component is told from, beside its own rollout. */
export interface ComponentInput {
  readonly progress: Progress;
  /** Of all components. */
  readonly failures: readonly AgentFailure[];
  /** Nodes that must be rebooted. */
  readonly reboots: readonly RebootNode[];
  readonly planFailure: PlanFailure | undefined;
  readonly previous: CxiDriverStatus | undefined;
}

/** The condition of one component. */
export function componentState(rollout: Rollout, input: ComponentInput): ComponentState {
  const { component } = rollout;
  const { ready: type, failed: summaryReason } = componentCondition[component];
  const { planFailure } = input;
  if (planFailure?.component === component) {
    return { type, state: 'failed', reason: cxiReason.failed, message: planFailure.message, summaryReason };
  }
  const message = rolloutMessage(rollout);
  if (component === cxi.component.retryHandler && rollout.seen && input.reboots.length > 0) {
    const reason = cxiReason.rebootRequired;
    return { type, state: 'failed', reason, message: joined(message, describeReboots(input.reboots)) };
  }
  if (rollout.ready) return { type, state: 'ready', reason: cxiReason.ready, message };
  const failures = input.failures.filter((failure) => failure.component === component);
  if (input.progress.stuck || failures.some(({ definite }) => definite)) {
    return { type, state: 'failed', ...failure(rollout, failures, message) };
  }
  const reason = waitingReason(rollout, input.previous);
  const known = reason === cxiReason.podsNotReady ? failures : [];
  return {
    ...{ type, state: 'progressing', reason },
    ...{ message: joined(message, describeFailures(known)), summaryReason: cxiReason.waitingForPods },
  };
}

function failure(
  { component, counts }: Rollout,
  failures: readonly AgentFailure[],
  message: string,
): Pick<ComponentState, 'reason' | 'message' | 'summaryReason'> {
  const someNodes = component === cxi.component.driverAgent && counts.available > 0;
  return {
    reason: cxiReason.failed,
    message: joined(message, describeFailures(failures)),
    summaryReason: someNodes ? cxiReason.nodesFailed : componentCondition[component].failed,
  };
}

/** A pod that is lost where all was well does not roll out. */
function waitingReason(
  { component, counts, current, outdated }: Rollout,
  previous?: CxiDriverStatus,
): string {
  const { ready: type } = componentCondition[component];
  const condition = previous?.conditions?.find((one) => one.type === type);
  const before = previous?.components?.find(({ name }) => name === component);
  const wasThere = condition !== undefined && condition.reason !== cxiReason.rollingOut;
  const rolls = !current || (counts.updated < counts.desired && outdated === 0);
  const grows = before === undefined || before.desired < counts.desired;
  return wasThere && !rolls && !grows ? cxiReason.podsNotReady : cxiReason.rollingOut;
}

function rolloutMessage({ counts: { desired, updated, available }, outdated, seen }: Rollout): string {
  if (!seen) return 'the DaemonSet has not been looked at yet';
  if (desired === 0) return 'no node matches spec.nodeSelector';
  const text = `${available} of ${desired} pods ready`;
  if (outdated > 0) return `${text}, ${outdated} of them as before until they are deleted`;
  return updated === desired ? text : `${text}, ${updated} up to date`;
}

function joined(message: string, more: string): string {
  return more === '' ? message : `${message}; ${more}`;
}
