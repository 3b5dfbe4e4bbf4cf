import type { AidaptivCache, AidaptivCacheStatus } from '@rackwright/api';
import { type ComponentState, type Condition, type Outcome, summarise } from '@rackwright/controller';
import { aidaptivCache, conditionType } from '@rackwright/keys';
import type { DaemonSet } from '@rackwright/kube';
import {
  type AgentFailure,
  componentOf,
  type PlanFailure,
  type RolloutReport,
  readyNodes,
  reportRollouts,
} from '@rackwright/manager';
import { ai100Rollout, type Component, components } from './component.ts';
import { exporterFinding } from './handshake/exporter-condition.ts';
import { isReady, nodeCounts, nodesState, unitCounts } from './nodes/counts.ts';
import type { Suspension } from './nodes/suspension.ts';
import type { Plan } from './plan.ts';

export interface StatusInput {
  /** The AidaptivCache as it is stored. */
  readonly cache: AidaptivCache;
  readonly plan: Plan;
  readonly daemonSets: readonly DaemonSet[];
  /** Why agents are not ready, as far as it is known. */
  readonly failures: readonly AgentFailure<Component>[];
  readonly planFailure: PlanFailure<Component> | undefined;
  /** What somebody changes that was applied, in words; empty when nobody does. */
  readonly drift: string;
  /** What the CRDs lack of this version, as one sentence; undefined when they lack nothing. */
  readonly crdShortfall: string | undefined;
  readonly suspension: Suspension;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface StatusResult {
  readonly status: AidaptivCacheStatus;
  /** When the status changes although nothing else does, in milliseconds from now. */
  readonly changesAfterMs?: number;
}

/** How long a rollout may stand still. */
const timeoutMs = 300_000;

const { condition, reason: reasons } = aidaptivCache;

/** The whole status, computed in this one place. The same input gives the same status. */
export function statusOf(input: StatusInput): StatusResult {
  const { cache, plan, now } = input;
  const generation = cache.metadata?.generation ?? 0;
  const report = reportRollouts({
    ...input,
    ...{ kind: ai100Rollout, generation, timeoutMs },
    wanted: shownComponents(input),
    previous: previousOf(cache),
  });
  const previous = cache.status?.conditions ?? [];
  const conditions = summarise({
    generation,
    outcome: outcomeOf(input),
    components: [configState(plan), ...report.states, ...nodesState(plan), ...crdState(input.crdShortfall)],
    available: availabilityOf(input, report),
    previous,
    now,
  });
  const exporters = exporterFinding(plan.exporters);
  const all = [
    ...conditions,
    conditionOf(input, suspendedFinding(input)),
    ...(exporters === undefined ? [] : [conditionOf(input, exporters)]),
  ];
  const { remainingMs, lastProgressTime } = report.progress;
  return {
    status: {
      observedGeneration: generation,
      phase: phaseOf(input, conditions),
      nodes: nodeCounts(plan),
      units: unitCounts(plan),
      exporters: plan.exporters?.counts ?? { expected: 0, reporting: 0, silent: [] },
      components: componentsOf(report, plan, cache.status),
      lastProgressTime,
      conditions: all,
    },
    ...(remainingMs === undefined || plan.stage !== 'active' ? {} : { changesAfterMs: remainingMs }),
  };
}

/** What an active one wants, and what goes on of a refused one. */
export function shownComponents({
  plan,
  daemonSets,
}: Pick<StatusInput, 'plan' | 'daemonSets'>): readonly Component[] {
  if (plan.stage === 'active') return plan.wanted.map(({ component }) => component);
  if (plan.stage !== 'refused') return [];
  const existing = new Set(daemonSets.map(componentOf));
  return components.filter((component) => existing.has(component));
}

/** In the words of rollouts, in which ready nodes are available ones. */
function previousOf({ status }: AidaptivCache) {
  if (status === undefined) return undefined;
  const { components: before, ...rest } = status;
  if (before === undefined) return rest;
  return { ...rest, components: before.map(({ ready: available, ...one }) => ({ ...one, available })) };
}

function componentsOf(
  { rollouts }: RolloutReport<Component>,
  { wanted }: Plan,
  before: AidaptivCacheStatus | undefined,
): NonNullable<AidaptivCacheStatus['components']> {
  return rollouts.map(({ counts: { name, desired, updated, available } }) => {
    const image =
      wanted.find(({ component }) => component === name)?.image ??
      before?.components?.find((one) => one.name === name)?.image ??
      '';
    return { name, desired, updated, ready: available, image };
  });
}

function configState({ stage, message }: Plan): ComponentState {
  const type = condition.configValid;
  return stage === 'refused'
    ? { type, state: 'failed', reason: reasons.invalidSpec, message }
    : { type, state: 'ready', reason: reasons.valid, message: 'the spec can be rolled out' };
}

/** Shown only while it is so. */
function crdState(shortfall: string | undefined): ComponentState[] {
  if (shortfall === undefined) return [];
  const reason = reasons.crdOutdated;
  return [{ type: condition.crdsCurrent, state: 'failed', reason, message: shortfall }];
}

function outcomeOf({ plan, planFailure, drift }: StatusInput): Outcome {
  const { stage, message, nodes } = plan;
  if (planFailure !== undefined) {
    return planFailure.terminal
      ? { state: 'stalled', reason: reasons.invalidSpec, message: planFailure.message }
      : { state: 'failed', reason: reasons.failed, message: planFailure.message };
  }
  if (stage === 'refused') return { state: 'stalled', reason: reasons.invalidSpec, message };
  if (drift !== '') return { state: 'failed', reason: reasons.drifted, message: drift };
  if (stage === 'deleting') return { state: 'working', reason: reasons.deleting, message };
  const ready = readyNodes(nodes.filter(isReady).length);
  return {
    state: 'done',
    reason: reasons.ready,
    message: nodes.length === 0 ? 'no node has AI100 drives, so there is nothing to do' : ready,
  };
}

/** Every node with drives has its agents and its cache. */
function availabilityOf({ plan }: StatusInput, { available }: RolloutReport): RolloutReport['available'] {
  const { nodes } = plan;
  const ready = nodes.filter(isReady).length;
  if (!available.status || ready === nodes.length) return available;
  const message = `${ready} of ${nodes.length} nodes have their cache`;
  return { status: false, reason: reasons.unhealthyNodes, message };
}

function phaseOf(
  { plan, planFailure }: StatusInput,
  conditions: readonly Condition[],
): NonNullable<AidaptivCacheStatus['phase']> {
  const isTrue = (type: string): boolean =>
    conditions.some((one) => one.type === type && one.status === 'True');
  if (plan.stage === 'refused' || planFailure !== undefined) return 'Error';
  if (plan.nodes.length === 0) return 'Pending';
  if (isTrue(conditionType.degraded)) return 'Degraded';
  return isTrue(conditionType.ready) ? 'Ready' : 'Progressing';
}

type Finding = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

function suspendedFinding({ suspension: { suspended, message } }: StatusInput): Finding {
  return {
    ...{ type: condition.recoverySuspended, status: suspended ? 'True' : 'False', message },
    reason: suspended ? reasons.manyNodesUnhealthy : reasons.nodesHealthy,
  };
}

/** A condition on which Ready does not depend. */
function conditionOf({ now, cache }: StatusInput, finding: Finding): Condition {
  const before = cache.status?.conditions?.find(({ type }) => type === finding.type);
  return {
    ...finding,
    lastTransitionTime:
      before?.status === finding.status
        ? before.lastTransitionTime
        : `${new Date(now).toISOString().slice(0, 19)}Z`,
    observedGeneration: cache.metadata?.generation ?? 0,
  };
}
