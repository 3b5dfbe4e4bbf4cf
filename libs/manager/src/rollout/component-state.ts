import type { ComponentState } from '@rackwright/controller';
import { rolloutReason } from '@rackwright/keys';
import { type AgentFailure, describeFailures } from './agent-failure.ts';
import type { RolloutAgent, RolloutKind } from './kind.ts';
import type { PreviousStatus, Progress } from './progress.ts';
import type { Rollout } from './rollout.ts';

/** What carrying out a plan ran into. */
export interface PlanFailure<C extends string = string> {
  readonly message: string;
  /** The API server will refuse the same again, so only a change of the spec helps. */
  readonly terminal: boolean;
  /** The component it happened to; undefined when it was none. */
  readonly component?: C;
}

/** Nodes that an agent cannot serve although it runs there, such as those that must be rebooted. */
export interface Impairment<C extends string = string> {
  readonly component: C;
  /** Of its condition. */
  readonly reason: string;
  readonly message: string;
  readonly nodes: readonly string[];
}

/** What the states of components are told from, beside their own rollouts. */
export interface ComponentInput<C extends string = string> {
  readonly kind: RolloutKind<C>;
  readonly progress: Progress;
  /** Of all components. */
  readonly failures: readonly AgentFailure<C>[];
  readonly impairments: readonly Impairment<C>[];
  readonly planFailure: PlanFailure<C> | undefined;
  readonly previous: PreviousStatus | undefined;
}

/** The condition of one component. */
export function componentState<C extends string>(
  agent: RolloutAgent<C>,
  rollout: Rollout<C>,
  input: ComponentInput<C>,
): ComponentState {
  const { condition: type, failedReason: summaryReason, component } = agent;
  const { planFailure } = input;
  if (planFailure?.component === component) {
    const { message } = planFailure;
    return { type, state: 'failed', reason: rolloutReason.failed, message, summaryReason };
  }
  const message = rolloutMessage(rollout, input.kind);
  const impaired = input.impairments.find((one) => one.component === component);
  if (impaired !== undefined && rollout.seen) {
    return { type, state: 'failed', reason: impaired.reason, message: joined(message, impaired.message) };
  }
  if (rollout.ready) return { type, state: 'ready', reason: rolloutReason.ready, message };
  const failures = input.failures.filter((failure) => failure.component === component);
  if (input.progress.stuck || failures.some(({ definite }) => definite)) {
    return { type, state: 'failed', ...failed(agent, rollout, joined(message, describeFailures(failures))) };
  }
  const reason = waitingReason(agent, rollout, input.previous);
  const known = reason === rolloutReason.podsNotReady ? failures : [];
  return {
    ...{ type, state: 'progressing', reason },
    ...{ message: joined(message, describeFailures(known)), summaryReason: rolloutReason.waitingForPods },
  };
}

function failed(
  { failedReason, partlyFailedReason = failedReason }: RolloutAgent,
  { counts }: Rollout,
  message: string,
): Pick<ComponentState, 'reason' | 'message' | 'summaryReason'> {
  const summaryReason = counts.available > 0 ? partlyFailedReason : failedReason;
  return { reason: rolloutReason.failed, message, summaryReason };
}

/** A pod that is lost where all was well does not roll out. */
function waitingReason(
  { condition: type }: RolloutAgent,
  { component, counts, current, outdated }: Rollout,
  previous?: PreviousStatus,
): string {
  const condition = previous?.conditions?.find((one) => one.type === type);
  const before = previous?.components?.find(({ name }) => name === component);
  const wasThere = condition !== undefined && condition.reason !== rolloutReason.rollingOut;
  const rolls = !current || (counts.updated < counts.desired && outdated === 0);
  const grows = before === undefined || before.desired < counts.desired;
  return wasThere && !rolls && !grows ? rolloutReason.podsNotReady : rolloutReason.rollingOut;
}

function rolloutMessage(
  { counts: { desired, updated, available }, outdated, seen }: Rollout,
  { noNode }: RolloutKind,
): string {
  if (!seen) return 'the DaemonSet has not been looked at yet';
  if (desired === 0) return noNode;
  const text = `${available} of ${desired} pods ready`;
  if (outdated > 0) return `${text}, ${outdated} of them as before until they are deleted`;
  return updated === desired ? text : `${text}, ${updated} up to date`;
}

function joined(message: string, more: string): string {
  return more === '' ? message : `${message}; ${more}`;
}
