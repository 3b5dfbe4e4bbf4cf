import { isActive } from '@rackwright/aistore';
import type { AIStore, AIStoreStatus } from '@rackwright/api';
import { type ComponentState, type Outcome, summarise } from '@rackwright/controller';
import { ais } from '@rackwright/keys';
import type { Role } from './identity.ts';
import { selectorLabels } from './identity.ts';
import { conditionOf, heldBackBy, type Plan } from './plan/plan.ts';
import { nodesOf, podOf, type RoleFacts, stateOfSet } from './role-facts.ts';
import type { Snapshot } from './snapshot.ts';

const { condition, reason, state } = ais;

export interface StatusInput {
  readonly snapshot: Snapshot;
  readonly cluster: AIStore;
  readonly plan: Plan;
  /** What could not be done, and whether trying again is no use. */
  readonly failure?: { readonly message: string; readonly terminal: boolean } | undefined;
  /** A configuration that the cluster does not take, and why. */
  readonly refusedConfig?: string | undefined;
  readonly crdShortfall: string | undefined;
}

/** The whole status of a cluster. */
export function statusOf(input: StatusInput): AIStoreStatus {
  const { snapshot, cluster, plan } = input;
  const previous = cluster.status ?? {};
  const conditions = summarise({
    generation: cluster.metadata?.generation ?? 0,
    outcome: outcomeOf(input),
    components: componentsOf(input),
    previous: previous.conditions ?? [],
    now: snapshot.now,
  });
  const isReady = conditions.some(({ type, status }) => type === condition.ready && status === 'True');
  const { facts, sizes } = plan;
  return {
    ...previous,
    state: stateOf(input, isReady),
    conditions,
    observedGeneration: cluster.metadata?.generation ?? 0,
    ...(plan.intraClusterUrl === undefined ? {} : { intraClusterURL: plan.intraClusterUrl }),
    ...(snapshot.ais?.map === undefined ? {} : { clusterID: snapshot.ais.map.uuid }),
    ...(sizes?.proxy.nodes === undefined && sizes?.target.nodes === undefined
      ? {}
      : {
          autoscaleStatus: {
            ...(sizes.proxy.nodes && { expectedProxyNodes: [...sizes.proxy.nodes] }),
            ...(sizes.target.nodes && { expectedTargetNodes: [...sizes.target.nodes] }),
          },
        }),
    ...(facts === undefined
      ? {}
      : {
          replicas: facts.target.pods.length,
          selector: selectorOf(cluster.metadata?.name ?? ''),
          proxies: roleStatus(facts.proxy),
          targets: roleStatus(facts.target),
        }),
  };
}

function selectorOf(name: string): string {
  return Object.entries(selectorLabels(name, 'target'))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

function outcomeOf({ plan: { stage, waiting }, failure, refusedConfig }: StatusInput): Outcome {
  if (stage === 'refused')
    return {
      state: 'stalled',
      reason: waiting?.reason ?? reason.invalidSpec,
      message: waiting?.message ?? '',
    };
  if (failure !== undefined)
    return {
      ...{ state: failure.terminal ? 'stalled' : 'failed' },
      ...{ reason: reason.failed, message: failure.message },
    };
  if (refusedConfig !== undefined)
    return { state: 'stalled', reason: reason.configRejected, message: refusedConfig };
  if (waiting !== undefined)
    return { state: 'working', reason: waiting.change ?? waiting.reason, message: waiting.message };
  if (stage === 'shut down')
    return { state: 'stalled', reason: reason.shutdown, message: 'shutdownCluster is set' };
  return { state: stage === 'running' ? 'done' : 'working' };
}

function componentsOf({ cluster, plan, crdShortfall }: StatusInput): ComponentState[] {
  const isCreated = conditionOf(cluster, condition.created) === 'True' || plan.stage === 'running';
  const why = { reason: plan.waiting?.reason ?? reason.podsNotReady, message: plan.waiting?.message ?? '' };
  const done = (type: string): ComponentState => ({ type, state: 'ready', reason: type, message: '' });
  return [
    done(condition.initialized),
    isCreated ? done(condition.created) : { type: condition.created, state: 'progressing', ...why },
    plan.mayRebalance
      ? { ...done(condition.readyRebalance), advisory: true }
      : {
          ...{ type: condition.readyRebalance, state: 'progressing', advisory: true },
          ...{ reason: plan.waiting?.change ?? heldBackBy(cluster) ?? why.reason },
          message: 'rebalance is kept off meanwhile',
        },
    ...(crdShortfall === undefined
      ? []
      : [
          {
            ...{ type: condition.crdsCurrent, state: 'failed' as const, advisory: true as const },
            ...{ reason: reason.crdOutdated, message: crdShortfall },
          },
        ]),
  ];
}

/** Where the cluster stands in the older operator's words (ais.md §1.6). */
function stateOf({ cluster, plan }: StatusInput, isReady: boolean): string {
  const before = cluster.status?.state ?? '';
  switch (plan.stage) {
    case 'awaiting load balancers':
      return pendingState(before);
    case 'bringing up':
      return state.initialized;
    case 'running':
      return plan.waiting?.reason === reason.loadBalancerPending
        ? pendingState(before)
        : runningState(before, isReady);
    case 'shutting down':
      return state.shuttingDown;
    case 'shut down':
      return state.shutdown;
    case 'deleting':
      return plan.deletion ?? state.decommissioning;
    default:
      return before === '' ? state.initialized : before;
  }
}

/** The first look at load balancers without an address has a state of its own. */
function pendingState(before: string): string {
  return before === state.initializingLoadBalancer || before === state.pendingLoadBalancer
    ? state.pendingLoadBalancer
    : state.initializingLoadBalancer;
}

/** One that was ready and changes is Upgrading until it is ready again. */
function runningState(before: string, isReady: boolean): string {
  if (isReady) return state.ready;
  const changes: readonly string[] = [
    ...[state.ready, state.upgrading, state.shutdown, state.shuttingDown],
    // Its load balancers were waited for, after it had run.
    ...[state.initializingLoadBalancer, state.pendingLoadBalancer],
  ];
  return changes.includes(before) ? state.upgrading : state.created;
}

function roleStatus(facts: RoleFacts): NonNullable<AIStoreStatus['proxies']> {
  const set = facts.set === undefined ? undefined : stateOfSet(facts.set, facts.pods);
  const nodes = facts.pods.map(({ ordinal }) => nodeStatus(facts, ordinal));
  return {
    desired: facts.size,
    current: facts.pods.length,
    updated: set?.updated ?? 0,
    ready: nodes.filter((node) => node.state === 'Ready').length,
    nodes,
  };
}

type NodeStatus = NonNullable<NonNullable<AIStoreStatus['proxies']>['nodes']>[number];

function nodeStatus(facts: RoleFacts, ordinal: number): NodeStatus {
  const pod = podOf(facts, ordinal);
  const [node] = nodesOf(facts, ordinal);
  const { state: now, message } = verdictOf(facts, ordinal);
  return {
    pod: pod?.name ?? '',
    ...(pod?.nodeName === undefined ? {} : { node: pod.nodeName }),
    ...(node === undefined ? {} : { id: node.id }),
    state: now,
    ...(node !== undefined && facts.map?.primary === node.id ? { primary: true } : {}),
    ...(message === undefined ? {} : { message: message.slice(0, 1024) }),
  };
}

/** How one node of a cluster is. */
function verdictOf(facts: RoleFacts, ordinal: number): { state: string; message?: string } {
  const pod = podOf(facts, ordinal);
  const nodes = nodesOf(facts, ordinal);
  if (pod?.unschedulable !== undefined) return { state: 'Unschedulable', message: pod.unschedulable };
  if (pod?.broken !== undefined) return { state: 'Failed', message: pod.broken };
  if (pod?.isRunning !== true) return { state: 'Pending' };
  if (!pod.isReady && nodes.every((node) => isActive(node))) return { state: 'Starting' };
  if (nodes.some(({ flags }) => flags.decommissioning)) return { state: 'Decommissioning' };
  if (nodes.some(({ flags }) => flags.inMaintenance)) return { state: 'Maintenance' };
  return nodes.length === 0 ? { state: 'NotInMap' } : { state: 'Ready' };
}

export type { Role };
