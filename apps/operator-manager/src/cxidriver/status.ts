import type { CxiDriver, CxiDriverStatus } from '@rackwright/api';
import { type ComponentState, type Outcome, type Summary, summarise } from '@rackwright/controller';
import { cxi, cxiReason } from '@rackwright/keys';
import type { DaemonSet, KubeObject, Node } from '@rackwright/kube';
import { type Component, componentCondition, components } from './component.ts';
import { componentState, type PlanFailure } from './component-state.ts';
import { componentOf } from './deletion.ts';
import type { AgentFailure } from './failures/agent-failure.ts';
import { countNodes, type NodeCounts } from './node-counts.ts';
import type { Plan } from './plan.ts';
import { rebootNodesOf } from './reboot-nodes.ts';
import { progressOf, type Rollout, rolloutsOf } from './rollout.ts';

export interface StatusInput {
  /** The CXIDriver as it is stored. */
  readonly object: KubeObject & { readonly status?: CxiDriverStatus };
  readonly plan: Plan;
  readonly daemonSets: readonly DaemonSet[];
  /** Why agents are not ready, as far as it is known. */
  readonly failures: readonly AgentFailure[];
  /** Nodes that must be rebooted, of every driver. */
  readonly rebootNodes: readonly Node[];
  readonly planFailure: PlanFailure | undefined;
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
  const { object, plan, daemonSets, planFailure, now } = input;
  const generation = object.metadata?.generation ?? 0;
  const rollouts = rolloutsOf(shownComponents(input), daemonSets);
  const healthCheckTimeout = plan.driver?.spec.updateStrategy.healthCheckTimeout ?? defaultTimeout;
  const progress = progressOf(rollouts, object.status, { generation, healthCheckTimeout, now });
  const failures = stillFailing(input.failures, rollouts);
  const reboots = rebootNodesOf(input.rebootNodes, plan.driver?.spec.nodeSelector ?? {});
  const counts = countNodes(rollouts, failures, progress, reboots);
  const componentInput = { progress, failures, reboots, planFailure, previous: object.status };
  const conditions = summarise({
    generation,
    outcome: outcomeOf(input, counts),
    components: [
      ...rollouts.map((rollout) => componentState(rollout, componentInput)),
      ...crdState(input.crdShortfall),
    ],
    available: availability(plan, counts, rollouts),
    previous: object.status?.conditions ?? [],
    now,
  });
  const { remainingMs } = progress;
  return {
    status: {
      observedGeneration: generation,
      ...counts,
      skipped: input.skipped,
      ...inForce(input, rollouts),
      components: rollouts.map((rollout) => rollout.counts),
      lastProgressTime: progress.lastProgressTime,
      conditions,
    },
    ...(remainingMs === undefined || plan.stage !== 'active' ? {} : { changesAfterMs: remainingMs }),
  };
}

/** Shown only while it is so: what runs goes on, but what somebody writes into a CXIDriver may be dropped. */
function crdState(shortfall: string | undefined): ComponentState[] {
  if (shortfall === undefined) return [];
  const reason = cxiReason.crdOutdated;
  return [{ type: cxi.condition.crdsCurrent, state: 'failed', reason, message: shortfall }];
}

/** What an active driver wants, what goes on of a refused one; of others nothing counts any more. */
function shownComponents({
  plan,
  daemonSets,
}: Pick<StatusInput, 'plan' | 'daemonSets'>): readonly Component[] {
  if (plan.stage === 'active') return plan.wanted;
  if (plan.stage !== 'refused') return [];
  const existing = new Set(daemonSets.map(componentOf));
  return components.filter((component) => existing.has(component));
}

/** The DaemonSets somebody waits for: wanted, there and not ready. */
export function awaitedDaemonSets(input: Pick<StatusInput, 'plan' | 'daemonSets'>): DaemonSet[] {
  const waiting = rolloutsOf(shownComponents(input), input.daemonSets).filter(
    ({ ready, seen }) => seen && !ready,
  );
  const names: readonly string[] = waiting.map(({ component }) => component);
  return input.daemonSets.filter((daemonSet) => names.includes(componentOf(daemonSet)));
}

/** What was found some seconds ago is over for components that are ready now. */
function stillFailing(failures: readonly AgentFailure[], rollouts: readonly Rollout[]): AgentFailure[] {
  const waiting = rollouts.filter(({ ready }) => !ready).map(({ component }) => component);
  return failures.filter(({ component }) => waiting.includes(component));
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
    message: `${nodes === 0 ? 'no node matches spec.nodeSelector, so there is nothing to do' : readyMessage(ready)}${passedOver(skipped)}`,
  };
}

function failedReason({ component }: PlanFailure): string {
  return component === undefined ? cxiReason.failed : componentCondition[component].failed;
}

function passedOver(count: number): string {
  return count === 0 ? '' : `, ${count} virtual ${count === 1 ? 'node' : 'nodes'} passed over`;
}

function readyMessage(nodes: number): string {
  return `${nodes} ${nodes === 1 ? 'node' : 'nodes'} ready`;
}

/**
 * Available means that every agent that is wanted serves every node it is meant
 * for, of the newest template or not, and no node must be rebooted. One rule for all components, without a
 * quorum: a node that lacks one of them may be the one somebody waits for.
 */
function availability(
  { stage, message }: Plan,
  { ready, failed }: NodeCounts,
  rollouts: readonly Rollout[],
): NonNullable<Summary['available']> {
  if (stage === 'ignored') return { status: false, reason: cxiReason.ignored, message };
  const missing = rollouts.filter(({ available }) => !available);
  const served = rollouts.length > 0 && missing.length === 0;
  if (served && failed === 0) return { status: true, reason: cxiReason.ready, message: readyMessage(ready) };
  return {
    status: false,
    reason: failed > 0 ? cxiReason.nodesFailed : cxiReason.waitingForPods,
    message: missing.length === 0 ? unserved(rollouts, failed) : missing.map(servedBy).join(', '),
  };
}

function unserved(rollouts: readonly Rollout[], failed: number): string {
  return rollouts.length === 0 ? 'no agent is there' : `${failed} ${failed === 1 ? 'node' : 'nodes'} failed`;
}

function servedBy({ component, counts: { available, desired }, seen }: Rollout): string {
  return seen ? `${component} on ${available} of ${desired} nodes` : `${component} on no node yet`;
}
