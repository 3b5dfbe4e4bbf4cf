import type { ComponentState, Summary } from '@rackwright/controller';
import type { DaemonSet } from '@rackwright/kube';
import type { AgentFailure } from './agent-failure.ts';
import { availability } from './availability.ts';
import { componentState, type Impairment, type PlanFailure } from './component-state.ts';
import { agentOf, type RolloutKind } from './kind.ts';
import { countNodes, type NodeCounts } from './node-counts.ts';
import { type PreviousStatus, type Progress, type ProgressOptions, progressOf } from './progress.ts';
import { componentOf, type Rollout, rolloutsOf } from './rollout.ts';

/** What the state of the agents of one object is told from. */
export interface RolloutInput<C extends string = string> extends ProgressOptions {
  readonly kind: RolloutKind<C>;
  /** The agents that are wanted; of others nothing is told. */
  readonly wanted: readonly C[];
  /** What exists for the object. */
  readonly daemonSets: readonly DaemonSet[];
  /** Why agents are not ready, as far as it is known (`AgentInspector`). */
  readonly failures: readonly AgentFailure<C>[];
  /** Nodes that count as failed although the agents run there. */
  readonly impairments?: readonly Impairment<C>[];
  readonly planFailure?: PlanFailure<C> | undefined;
  readonly previous: PreviousStatus | undefined;
}

/** How far the agents of one object are rolled out, for its status. */
export interface RolloutReport<C extends string = string> {
  /** In the order of `wanted`. */
  readonly rollouts: readonly Rollout<C>[];
  readonly progress: Progress;
  /** Each node is ready, updating or failed. */
  readonly nodes: NodeCounts;
  /** One for each of `wanted`, for `summarise`. */
  readonly states: readonly ComponentState[];
  /** Whether every node is served, for `summarise`. */
  readonly available: NonNullable<Summary['available']>;
}

/** Tells it from what was seen. The same input gives the same report. */
export function reportRollouts<C extends string>(input: RolloutInput<C>): RolloutReport<C> {
  const { kind, previous, planFailure, impairments = [] } = input;
  const rollouts = rolloutsOf(input.wanted, input.daemonSets);
  const progress = progressOf(rollouts, previous, input);
  const failures = stillFailing(input.failures, rollouts);
  const lost = impairments.flatMap(({ nodes }) => nodes);
  const nodes = countNodes(rollouts, failures, progress, lost);
  const about = { kind, progress, failures, impairments, planFailure, previous };
  const states = rollouts.flatMap((rollout) => {
    const agent = agentOf(kind, rollout.component);
    return agent === undefined ? [] : [componentState(agent, rollout, about)];
  });
  return { rollouts, progress, nodes, states, available: availability(rollouts, nodes) };
}

/** The DaemonSets somebody waits for: of wanted agents, there and not ready. */
export function awaitedDaemonSets(wanted: readonly string[], daemonSets: readonly DaemonSet[]): DaemonSet[] {
  const waiting = rolloutsOf(wanted, daemonSets).filter(({ ready, seen }) => seen && !ready);
  const names: readonly string[] = waiting.map(({ component }) => component);
  return daemonSets.filter((daemonSet) => names.includes(componentOf(daemonSet)));
}

/** What was found some seconds ago is over for components that are ready now. */
function stillFailing<C extends string>(
  failures: readonly AgentFailure<C>[],
  rollouts: readonly Rollout<C>[],
): AgentFailure<C>[] {
  const waiting = rollouts.filter(({ ready }) => !ready).map(({ component }) => component);
  return failures.filter(({ component }) => waiting.includes(component));
}
