import type { CxiDriver, CxiDriverStatus } from '@rackwright/api';
import { type ComponentState, type Outcome, summarise } from '@rackwright/controller';
import { cxi, cxiReason } from '@rackwright/keys';
import type { DaemonSet, KubeObject } from '@rackwright/kube';
import { type Component, componentCondition, components } from './component.ts';
import { componentOf } from './deletion.ts';
import { wantedComponents } from './manifests/index.ts';
import type { Plan } from './plan.ts';
import { type Progress, progressOf, type Rollout, rolloutsOf } from './rollout.ts';
import type { CxiSettings } from './settings.ts';

/** What carrying out a plan ran into. */
export interface Trouble {
  readonly message: string;
  /** The API server will refuse the same again, so only a change of the spec helps. */
  readonly forGood: boolean;
  /** The component it happened to; undefined when it was none. */
  readonly component?: Component;
}

export interface StatusInput {
  /** The CXIDriver as it is stored. */
  readonly object: KubeObject & { readonly status?: CxiDriverStatus };
  readonly plan: Plan;
  readonly daemonSets: readonly DaemonSet[];
  readonly trouble: Trouble | undefined;
  readonly settings: CxiSettings;
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
  const { object, plan, daemonSets, now } = input;
  const generation = object.metadata?.generation ?? 0;
  const rollouts = rolloutsOf(shownComponents(input), daemonSets);
  const healthCheckTimeout = plan.driver?.spec.updateStrategy.healthCheckTimeout ?? defaultTimeout;
  const progress = progressOf(rollouts, object.status, { generation, healthCheckTimeout, now });
  const counts = nodeCounts(rollouts, progress);
  const conditions = summarise({
    generation,
    outcome: outcomeOf(input, counts),
    components: rollouts.map((rollout) => componentState(rollout, progress, input.trouble)),
    available: availability(plan, counts, rollouts),
    previous: object.status?.conditions ?? [],
    now,
  });
  const { remainingMs } = progress;
  return {
    status: {
      observedGeneration: generation,
      ...counts,
      ...inForce(input, rollouts),
      components: rollouts.map((rollout) => rollout.counts),
      lastProgressTime: progress.lastProgressTime,
      conditions,
    },
    ...(remainingMs === undefined || plan.stage !== 'active' ? {} : { changesAfterMs: remainingMs }),
  };
}

/** What an active driver wants, what goes on of a refused one; of others nothing counts any more. */
function shownComponents({ plan, daemonSets, settings }: StatusInput): Component[] {
  if (plan.stage === 'active' && plan.driver !== undefined) return wantedComponents(plan.driver, settings);
  if (plan.stage !== 'refused') return [];
  const existing = new Set(daemonSets.map(componentOf));
  return components.filter((component) => existing.has(component));
}

interface NodeCounts {
  readonly nodes: number;
  readonly ready: number;
  readonly updating: number;
  readonly failed: number;
}

/** Counts of nodes are those of the driver agent, which runs wherever the driver is meant for. */
function nodeCounts(rollouts: readonly Rollout[], { stuck }: Progress): NodeCounts {
  const agent = rollouts.find(({ component }) => component === cxi.component.driverAgent);
  const { desired = 0, available = 0 } = agent?.counts ?? {};
  const missing = Math.max(0, desired - available);
  return {
    nodes: desired,
    ready: available,
    updating: stuck ? 0 : missing,
    failed: stuck ? missing : 0,
  };
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

function outcomeOf({ plan, trouble }: StatusInput, { nodes, ready }: NodeCounts): Outcome {
  const { stage, reason, message } = plan;
  if (trouble !== undefined) {
    return trouble.forGood
      ? { state: 'stalled', reason: cxiReason.invalidSpec, message: trouble.message }
      : { state: 'failed', reason: failedReason(trouble), message: trouble.message };
  }
  if (stage === 'ignored' || stage === 'refused') return { state: 'stalled', reason, message };
  if (stage === 'waiting' || stage === 'deleting') return { state: 'working', reason, message };
  return {
    state: 'done',
    reason: cxiReason.ready,
    message:
      nodes === 0 ? 'no node matches spec.nodeSelector, so there is nothing to do' : readyMessage(ready),
  };
}

function failedReason({ component }: Trouble): string {
  return component === undefined ? cxiReason.failed : componentCondition[component].failed;
}

function readyMessage(nodes: number): string {
  return `${nodes} ${nodes === 1 ? 'node' : 'nodes'} ready`;
}

function availability(plan: Plan, { nodes, ready }: NodeCounts, rollouts: readonly Rollout[]) {
  if (plan.stage === 'ignored') return { status: false, reason: cxiReason.ignored, message: plan.message };
  const idle = plan.stage === 'active' && nodes === 0 && rollouts.every((rollout) => rollout.ready);
  const status = ready > 0 || idle;
  return status
    ? { status, reason: cxiReason.ready, message: readyMessage(ready) }
    : { status, reason: cxiReason.waitingForPods, message: `none of ${nodes} nodes ready` };
}

function componentState(rollout: Rollout, { stuck }: Progress, trouble: Trouble | undefined): ComponentState {
  const { component } = rollout;
  const { ready: type, failed } = componentCondition[component];
  if (trouble?.component === component) {
    return {
      type,
      state: 'failed',
      reason: cxiReason.failed,
      message: trouble.message,
      summaryReason: failed,
    };
  }
  const message = rolloutMessage(rollout);
  if (rollout.ready) return { type, state: 'ready', reason: cxiReason.ready, message };
  if (!stuck) {
    const summaryReason = cxiReason.waitingForPods;
    return { type, state: 'progressing', reason: cxiReason.rollingOut, message, summaryReason };
  }
  const nodesFailed = component === cxi.component.driverAgent && rollout.counts.available > 0;
  const summaryReason = nodesFailed ? cxiReason.nodesFailed : failed;
  return { type, state: 'failed', reason: cxiReason.failed, message, summaryReason };
}

function rolloutMessage({ counts: { desired, updated, available }, outdated }: Rollout): string {
  if (desired === 0) return 'no node matches spec.nodeSelector';
  const text = `${available} of ${desired} pods ready`;
  if (outdated > 0) return `${text}, ${outdated} of them as before until they are deleted`;
  return updated === desired ? text : `${text}, ${updated} up to date`;
}
