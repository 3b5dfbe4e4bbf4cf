import type { CxiDriver, CxiDriverStatus } from '@rackwright/api';
import { type ComponentState, type Outcome, type Summary, summarise } from '@rackwright/controller';
import { parseDuration } from '@rackwright/core';
import { cxi, cxiReason } from '@rackwright/keys';
import type { DaemonSet, KubeObject, Node } from '@rackwright/kube';
import {
  type AgentFailure,
  agentOf,
  componentOf,
  type Impairment,
  type NodeCounts,
  type PlanFailure,
  type Rollout,
  type RolloutReport,
  readyNodes,
  reportRollouts,
} from '@rackwright/manager';
import { type Component, components, cxiRollout } from './component.ts';
import type { Plan } from './plan.ts';
import { describeReboots, rebootNodesOf } from './reboot-nodes.ts';

export interface StatusInput {
  /** The CXIDriver as it is stored. */
  readonly object: KubeObject & { readonly status?: CxiDriverStatus };
  readonly plan: Plan;
  readonly daemonSets: readonly DaemonSet[];
  /** Why agents are not ready, as far as it is known. */
  readonly failures: readonly AgentFailure<Component>[];
  /** Nodes that must be rebooted, of every driver. */
  readonly rebootNodes: readonly Node[];
  readonly planFailure: PlanFailure<Component> | undefined;
  /** Nodes without a kubelet, which agents pass over. */
  readonly skipped: number;
  /** What somebody changes that was applied, in words; empty when nobody does. */
  readonly drift: string;
  /** What the CRDs lack of this version, as one sentence; undefined when they lack nothing. */
  readonly crdShortfall: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface StatusResult {
  readonly status: CxiDriverStatus;
  /** When the status changes although nothing else does, in milliseconds from now. */
  readonly changesAfterMs?: number;
}

/** Timeout for rollouts of a driver whose own one cannot be read. */
const defaultTimeout = '5m';

/** The whole status of a driver, computed in this one place. The same input gives the same status. */
export function statusOf(input: StatusInput): StatusResult {
  const { object, plan, now } = input;
  const generation = object.metadata?.generation ?? 0;
  const healthCheckTimeout = plan.driver?.spec.updateStrategy.healthCheckTimeout ?? defaultTimeout;
  const { rollouts, progress, nodes, states, available } = reportRollouts({
    ...input,
    ...{ kind: cxiRollout, generation, timeoutMs: parseDuration(healthCheckTimeout) },
    wanted: shownComponents(input),
    impairments: rebootsOf(input),
    previous: object.status,
  });
  const conditions = summarise({
    generation,
    outcome: outcomeOf(input, nodes),
    components: [...states, ...crdState(input.crdShortfall)],
    available: availabilityOf(plan, available),
    previous: object.status?.conditions ?? [],
    now,
  });
  const { remainingMs, lastProgressTime } = progress;
  return {
    status: {
      observedGeneration: generation,
      ...nodes,
      skipped: input.skipped,
      ...inForce(input, rollouts),
      components: rollouts.map((rollout) => rollout.counts),
      lastProgressTime,
      conditions,
    },
    ...(remainingMs === undefined || plan.stage !== 'active' ? {} : { changesAfterMs: remainingMs }),
  };
}

/** Nodes whose retry handlers died under load: they have failed, whatever runs there. */
function rebootsOf({ plan, rebootNodes }: StatusInput): Impairment<Component>[] {
  const reboots = rebootNodesOf(rebootNodes, plan.driver?.spec.nodeSelector ?? {});
  if (reboots.length === 0) return [];
  const nodes = reboots.map(({ name }) => name);
  const message = describeReboots(reboots);
  return [{ component: cxi.component.retryHandler, reason: cxiReason.rebootRequired, message, nodes }];
}

/** Shown only while it is so: what runs goes on, but what somebody writes into a CXIDriver may be dropped. */
function crdState(shortfall: string | undefined): ComponentState[] {
  if (shortfall === undefined) return [];
  const reason = cxiReason.crdOutdated;
  return [{ type: cxi.condition.crdsCurrent, state: 'failed', reason, message: shortfall }];
}

/** What an active driver wants, what goes on of a refused one; of others nothing counts any more. */
export function shownComponents({
  plan,
  daemonSets,
}: Pick<StatusInput, 'plan' | 'daemonSets'>): readonly Component[] {
  if (plan.stage === 'active') return plan.wanted;
  if (plan.stage !== 'refused') return [];
  const existing = new Set(daemonSets.map(componentOf));
  return components.filter((component) => existing.has(component));
}

/** What is rolled out completely; until then what was before. */
function inForce(
  { plan, object }: StatusInput,
  rollouts: readonly Rollout[],
): Pick<CxiDriverStatus, 'driverVersion' | 'retryHandlerMode'> {
  const { driver, stage } = plan;
  if (stage === 'active' && driver !== undefined && rollouts.every(({ ready }) => ready)) {
    return { driverVersion: driver.spec.version, retryHandlerMode: modeOf(driver) };
  }
  const { driverVersion, retryHandlerMode } = object.status ?? {};
  return {
    ...(driverVersion === undefined ? {} : { driverVersion }),
    ...(retryHandlerMode === undefined ? {} : { retryHandlerMode }),
  };
}

function modeOf({ spec: { retryHandler } }: CxiDriver): CxiDriver['spec']['retryHandler']['mode'] {
  return retryHandler.enabled ? retryHandler.mode : 'none';
}

function outcomeOf(
  { plan, planFailure, drift, skipped }: StatusInput,
  { nodes, ready }: NodeCounts,
): Outcome {
  const { stage, reason, message } = plan;
  if (planFailure !== undefined) {
    return planFailure.terminal
      ? { state: 'stalled', reason: cxiReason.invalidSpec, message: planFailure.message }
      : { state: 'failed', reason: failedReason(planFailure), message: planFailure.message };
  }
  if (stage === 'ignored' || stage === 'refused') return { state: 'stalled', reason, message };
  if (drift !== '') return { state: 'failed', reason: cxiReason.drifted, message: drift };
  if (stage === 'waiting' || stage === 'deleting') return { state: 'working', reason, message };
  return {
    state: 'done',
    reason: cxiReason.ready,
    message: `${nodes === 0 ? 'no node matches spec.nodeSelector, so there is nothing to do' : readyNodes(ready)}${passedOver(skipped)}`,
  };
}

function failedReason({ component }: PlanFailure<Component>): string {
  return agentOf(cxiRollout, component)?.failedReason ?? cxiReason.failed;
}

function passedOver(count: number): string {
  return count === 0 ? '' : `, ${count} virtual ${count === 1 ? 'node' : 'nodes'} passed over`;
}

function availabilityOf(
  { stage, message }: Plan,
  rolledOut: RolloutReport['available'],
): NonNullable<Summary['available']> {
  return stage === 'ignored' ? { status: false, reason: cxiReason.ignored, message } : rolledOut;
}
