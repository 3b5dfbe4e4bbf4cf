import { type AIStore, parseAIStore } from '@rackwright/api';
import { planApply } from '@rackwright/controller';
import { errorMessage } from '@rackwright/core';
import { ais } from '@rackwright/keys';
import type { KubeObject, Service } from '@rackwright/kube';
import { isTerminating, type ReconcilePlan } from '@rackwright/manager';
import type { AisCall } from '../calls.ts';
import { type EffectiveSpec, effectiveSpec } from '../effective.ts';
import { names, type Owner, ownerLabels, type Role } from '../identity.ts';
import { accountOf } from '../manifests/account.ts';
import { adminClient } from '../manifests/admin-client.ts';
import { certificateOf } from '../manifests/certificate.ts';
import {
  type ClusterConfigInput,
  intraClusterUrl,
  liveConfig,
  restartHash,
  startConfig,
} from '../manifests/cluster-config.ts';
import { globalConfigMap, roleConfigMap } from '../manifests/config-maps.ts';
import { credentialsDigest, credentialsOf } from '../manifests/credentials.ts';
import { disruptionBudget } from '../manifests/disruption-budget.ts';
import { headlessService } from '../manifests/services.ts';
import { type PodFacts, podFacts } from '../pod-facts.ts';
import { activeCount, type RoleFacts } from '../role-facts.ts';
import type { AisSettings } from '../settings.ts';
import type { Snapshot } from '../snapshot.ts';
import {
  asFarAsBalanced,
  balancersWaiting,
  lingeringBalancers,
  pendingOf,
  wantedBalancers,
} from './balancers.ts';
import { configCalls, isRebalanceOff } from './config-call.ts';
import { planDeletion } from './deletion.ts';
import { cordonedNodes, type Drain } from './drain.ts';
import { conflictWithOlder } from './folder-conflict.ts';
import { lackOf } from './lack.ts';
import { planProxies } from './proxies.ts';
import { lookAgainMs, type RolePlan, type Waiting } from './role-plan.ts';
import { planShutdown } from './shutdown.ts';
import { type RoleSize, roleSize } from './sizes.ts';
import { planTargets, type TargetPlan } from './targets.ts';

/** Where a cluster stands. */
export type Stage =
  | 'gone'
  /** It is being deleted. */
  | 'deleting'
  /** Nothing is left of it: the finalizer goes. */
  | 'finalized'
  /** It was just made: the finalizer comes first. */
  | 'new'
  /** What it asks for cannot be; what runs stays. */
  | 'refused'
  /** Its load balancers have no address yet, which pods must know. */
  | 'awaiting load balancers'
  | 'bringing up'
  | 'running'
  | 'shutting down'
  | 'shut down';

/** What one pass is going to do, in this order: calls, actions, restarts. */
export interface Plan extends ReconcilePlan {
  readonly stage: Stage;
  readonly calls: readonly AisCall[];
  /** Pods that are deleted, to be made anew. */
  readonly restarts: readonly PodFacts[];
  /** Claims that are deleted. */
  readonly claims: readonly KubeObject[];
  /** Why the cluster is not ready. */
  readonly waiting?: Waiting | undefined;
  /** Whether the configuration lets the cluster rebalance. */
  readonly mayRebalance: boolean;
  readonly intraClusterUrl?: string;
  readonly sizes?: Readonly<Record<Role, RoleSize>>;
  readonly facts?: Readonly<Record<Role, RoleFacts>>;
  /** With `deleting`: how far that is, as `.status.state` says it. */
  readonly deletion?: string;
}

/** A plan that does nothing. */
export const nothing = {
  ...{ actions: [], calls: [], restarts: [], claims: [] },
  mayRebalance: false,
} as const satisfies Omit<Plan, 'stage'>;

const { reason, condition } = ais;

/** Decides everything from the snapshot. The same snapshot gives the same plan. */
export function planCluster(snapshot: Snapshot, settings: AisSettings): Plan {
  const { cluster } = snapshot;
  if (cluster === undefined) return { ...nothing, stage: 'gone' };
  if (isTerminating(cluster)) return planDeletion(snapshot, cluster, settings);
  if (cluster.metadata?.finalizers?.includes(ais.finalizer) !== true) return { ...nothing, stage: 'new' };
  const parsed = parseAIStore(cluster);
  if (!parsed.ok) return refused(reason.invalidSpec, errorMessage(parsed.error));
  const effective = effectiveSpec(parsed.value.spec);
  const world = worldOf(snapshot, cluster, effective, settings);
  if (effective.spec.shutdownCluster === true) return planShutdown(world);
  return planRunning(world);
}

/** What the plans of all stages decide from. */
export interface World {
  readonly snapshot: Snapshot;
  readonly cluster: AIStore;
  readonly owner: Owner;
  readonly effective: EffectiveSpec;
  readonly settings: AisSettings;
  readonly sizes: Readonly<Record<Role, RoleSize>>;
  readonly facts: Readonly<Record<Role, RoleFacts>>;
}

function worldOf(
  snapshot: Snapshot,
  cluster: AIStore,
  effective: EffectiveSpec,
  settings: AisSettings,
): World {
  const { name = '', namespace = '' } = cluster.metadata ?? {};
  const factsOf = (role: Role): { facts: RoleFacts; size: RoleSize } => {
    const setName = names.role(name, role);
    const pods = podFacts(snapshot.pods, setName);
    const size = roleSize(effective.spec, role, snapshot.nodes, pods);
    const set = snapshot.statefulSets.find(({ metadata }) => metadata?.name === setName);
    const { map } = snapshot.ais ?? {};
    return { size, facts: { role, cluster: name, ...size, set, pods, map } };
  };
  const [proxy, target] = [factsOf('proxy'), factsOf('target')];
  return {
    ...{ snapshot, cluster, effective, settings },
    owner: { name, namespace, object: cluster },
    sizes: { proxy: proxy.size, target: target.size },
    facts: { proxy: proxy.facts, target: target.facts },
  };
}

function planRunning(world: World): Plan {
  const { snapshot, sizes, facts } = world;
  const conflict = conflictWithOlder(world.cluster, snapshot);
  if (conflict !== undefined) {
    const message = `AIStore ${conflict.other} has its files in ${conflict.folder} of the same nodes`;
    return refused(reason.folderTaken, message, lookAgainMs.deletion);
  }
  const balancers = wantedBalancers(world);
  const pending = pendingOf(world, balancers);
  const unbalanced = balancersWaiting(pending);
  const before = basics(world, balancers, couldRebalance(world), drainOf(world, undefined));
  if (unbalanced !== undefined && facts.target.set === undefined)
    return {
      ...wanted(world, before.objects, snapshot.statefulSets),
      ...{ stage: 'awaiting load balancers', mayRebalance: couldRebalance(world), waiting: unbalanced },
    };
  const lacking = lackOf(world);
  if (lacking !== undefined)
    return {
      ...wanted(world, before.objects, snapshot.statefulSets),
      ...{
        stage: facts.target.set === undefined ? 'bringing up' : 'running',
        waiting: lacking,
        sizes,
        facts,
      },
      ...{ mayRebalance: couldRebalance(world), againAfterMs: lacking.againAfterMs },
    };
  const { proxies, targets } = planRoles(asFarAsBalanced(world, pending));
  const waiting = proxies.waiting ?? targets?.waiting ?? unbalanced ?? clusterWaiting(world);
  const mayRebalance = rebalanceOf(world, targets, waiting);
  const config = configInput(world, mayRebalance);
  const objects = [
    ...basics(world, balancers, mayRebalance, drainOf(world, targets)).objects,
    ...[proxies.set, targets?.set].filter((set) => set !== undefined),
  ];
  // Nothing is decided about targets while proxies change.
  const untouched = targets?.set === undefined && facts.target.set !== undefined ? [facts.target.set] : [];
  const configs = configCalls(liveConfig(config), snapshot.ais);
  return {
    ...wanted(world, objects, untouched),
    stage: facts.target.set === undefined ? 'bringing up' : 'running',
    calls: [...configs, ...proxies.calls, ...(targets?.calls ?? []), ...lateRebalance(world, mayRebalance)],
    restarts: [...proxies.restarts, ...(targets?.restarts ?? [])],
    ...{ waiting, mayRebalance, sizes, facts, intraClusterUrl: intraClusterUrl(config) },
    againAfterMs: waiting?.againAfterMs ?? world.settings.steadyLookMs,
  };
}

/** Targets are planned once a proxy answers, and not while proxies change. */
function planRoles(world: World): { proxies: RolePlan; targets: TargetPlan | undefined } {
  const { snapshot, effective, facts } = world;
  const proxies = planProxies({
    facts: facts.proxy,
    template: templateInput(world, 'proxy'),
    wasCreated: wasCreated(world),
  });
  const isFirst = facts.target.set === undefined;
  if (isFirst ? !snapshot.hasProxy : proxies.waiting !== undefined) {
    const waiting = proxies.waiting ?? {
      ...{ reason: reason.podsNotReady, message: 'waiting for a proxy to be ready' },
      againAfterMs: lookAgainMs.proxies,
    };
    return { proxies: { ...proxies, waiting }, targets: undefined };
  }
  const targets = planTargets({
    facts: facts.target,
    template: templateInput(world, 'target'),
    ais: snapshot.ais,
    scaleDownMode: effective.spec.targetSpec.scaleDownMode ?? 'safe_decommission',
    isRebalanceOff: isRebalanceOff(snapshot.ais),
    drains: {
      cordoned: cordonedNodes(snapshot.nodes),
      noted: notedDrain(world),
      movesObjects: effective.spec.configToUpdate?.rebalance?.enabled !== false,
    },
  });
  return { proxies, targets: notedFirst(world, targets) };
}

/**
 * That rebalance is off is in the status before the first target changes: an operator that ended in
 * between would not know that it has to be started again.
 */
function notedFirst(world: World, targets: TargetPlan): TargetPlan {
  if (targets.rebalance !== 'off' || !couldRebalance(world)) return targets;
  const waiting = targets.waiting && { ...targets.waiting, againAfterMs: lookAgainMs.status };
  return { ...targets, set: undefined, calls: [], restarts: [], ...(waiting && { waiting }) };
}

/** The target that was making way when the last pass was over. */
function notedDrain({ snapshot, owner }: World): string | undefined {
  const name = names.globalConfig(owner.name);
  const map = snapshot.live.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata?.name === name);
  return map?.metadata?.annotations?.[ais.annotation.draining];
}

/** What was noted stays while nothing is planned about targets. */
function drainOf(world: World, targets: TargetPlan | undefined): Drain | undefined {
  if (targets !== undefined) return targets.drain;
  const noted = notedDrain(world);
  return noted === undefined ? undefined : { pod: noted, mayGo: false };
}

function templateInput({ snapshot, owner, effective, settings, sizes }: World, role: Role) {
  const { clusterDomain } = settings;
  const domain = effective.spec.clusterDomain ?? clusterDomain;
  const input = { owner, effective, domain, mayRebalance: true };
  return {
    ...{ owner, effective, role, domain },
    restartHash: restartHash(liveConfig(input)),
    credentials: credentialsDigest(credentialsOf(owner.name, effective), snapshot.related.credentials, role),
    targets: sizes.target.size,
  };
}

function configInput({ owner, effective, settings }: World, mayRebalance: boolean): ClusterConfigInput {
  return { owner, effective, mayRebalance, domain: effective.spec.clusterDomain ?? settings.clusterDomain };
}

/** What there is beside the StatefulSets. */
export function basics(
  world: World,
  balancers: readonly Service[],
  mayRebalance = couldRebalance(world),
  drain?: Drain,
): { objects: KubeObject[] } {
  const { snapshot, owner, effective } = world;
  const { nodes, services, related } = snapshot;
  const input = configInput(world, mayRebalance);
  const config = startConfig(input);
  return {
    objects: [
      ...(related.hasCertManager ? certificateOf({ ...input, nodes, services }) : []),
      ...(related.isClientForeign ? [] : adminClient({ owner, effective, url: intraClusterUrl(input) })),
      ...accountOf(owner, effective),
      globalConfigMap(owner, effective, config, drain?.pod),
      roleConfigMap(owner, effective, 'proxy'),
      roleConfigMap(owner, effective, 'target'),
      headlessService(owner, effective, 'proxy'),
      headlessService(owner, effective, 'target'),
      ...balancers,
      ...disruptionBudget(owner, effective, drain?.mayGo === true),
    ],
  };
}

/** The writes that leave everything but the StatefulSets as it shall be, those as they are given, and some alone. */
export function wantedBeside(
  world: World,
  statefulSets: readonly KubeObject[],
  untouched: readonly KubeObject[] = [],
): Pick<Plan, 'actions' | 'calls' | 'restarts' | 'claims' | 'facts' | 'sizes'> {
  const { facts, sizes } = world;
  const objects = [...basics(world, wantedBalancers(world), false).objects, ...statefulSets];
  return { ...wanted(world, objects, untouched), facts, sizes };
}

/** The writes that bring the cluster's objects to `objects`; those `untouched` stay as they are. */
export function wanted(
  world: World,
  objects: readonly KubeObject[],
  untouched: readonly KubeObject[] = [],
): Pick<Plan, 'actions' | 'calls' | 'restarts' | 'claims'> {
  const { snapshot, owner } = world;
  const kept = [...untouched, ...lingeringBalancers(world)];
  const isUntouched = ({ kind, metadata }: KubeObject): boolean =>
    kept.some((one) => one.kind === kind && one.metadata?.name === metadata?.name);
  const live = snapshot.live.filter((object) => !isUntouched(object));
  const input = { desired: objects, live, ownerLabels: ownerLabels(owner.name), now: snapshot.now };
  return { ...nothing, actions: planApply(input) };
}

/** Why the cluster as a whole is not ready although its pods are (ais.md §2.8). */
function clusterWaiting({ snapshot: { ais }, facts }: World): Waiting | undefined {
  const again = { againAfterMs: lookAgainMs.notReady };
  if (ais === undefined || ais.problem !== undefined) {
    if (ais?.isLoginRefused === true)
      return { reason: reason.loginFailed, message: ais.problem ?? '', ...again };
    const message = `AIStore does not answer: ${ais?.problem ?? 'no proxy is ready'}`;
    return { reason: reason.clusterNotReady, message, ...again };
  }
  if (!ais.isReady) return { reason: reason.clusterNotReady, message: 'AIStore is starting', ...again };
  for (const role of ['proxy', 'target'] as const) {
    const count = activeCount(facts[role]);
    if (count >= facts[role].minReady) continue;
    const message = `${count} of ${facts[role].size} ${role === 'proxy' ? 'proxies' : 'targets'} take part in the cluster`;
    return { reason: reason.nodesMissing, message, ...again };
  }
  return undefined;
}

/** Whether rebalance was let before: what was decided lasts while nothing is decided anew. */
function couldRebalance({ cluster }: World): boolean {
  return conditionOf(cluster, condition.readyRebalance) === 'True';
}

function rebalanceOf(world: World, targets: TargetPlan | undefined, waiting: Waiting | undefined): boolean {
  if (targets?.rebalance !== undefined) return targets.rebalance === 'on';
  return waiting === undefined ? true : couldRebalance(world);
}

/**
 * What was written, and who came, while rebalance was off is moved once it is on again: switching it on
 * moves nothing by itself. A pass that is cut short does it again.
 */
function lateRebalance({ cluster }: World, mayRebalance: boolean): AisCall[] {
  return mayRebalance && heldBackBy(cluster) !== undefined ? [{ kind: 'rebalance' }] : [];
}

/** The change of a cluster with objects that rebalance was switched off for; undefined if it was not. */
export function heldBackBy({ status }: AIStore): string | undefined {
  const before = status?.conditions?.find(({ type }) => type === condition.readyRebalance);
  return before?.status === 'False' && heldBack.has(before.reason) ? before.reason : undefined;
}

const heldBack: ReadonlySet<string> = new Set([reason.upgrading, reason.scaling, reason.shutdown]);

/** Whether the cluster was complete once. */
function wasCreated({ cluster }: World): boolean {
  return conditionOf(cluster, condition.created) === 'True';
}

export function conditionOf({ status }: AIStore, type: string): string | undefined {
  return status?.conditions?.find((one) => one.type === type)?.status;
}

/** A plan that leaves everything as it is, and says why; looked at again only where others may change that. */
function refused(why: string, message: string, againAfterMs?: number): Plan {
  return {
    ...{ ...nothing, stage: 'refused', againAfterMs },
    waiting: { reason: why, message, againAfterMs: againAfterMs ?? Number.POSITIVE_INFINITY },
  };
}
