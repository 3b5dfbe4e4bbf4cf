import { type AIStore, parseAIStore } from '@rackwright/api';
import { planApply } from '@rackwright/controller';
import { ais } from '@rackwright/keys';
import type { Job, KubeObject } from '@rackwright/kube';
import type { AisCall } from '../calls.ts';
import { effectiveSpec } from '../effective.ts';
import { names, ownerLabels } from '../identity.ts';
import { cleanupJobs, failedJobs, isFinished } from '../manifests/cleanup-job.ts';
import { idleSet, isIdle } from '../manifests/idle-set.ts';
import { podFacts } from '../pod-facts.ts';
import type { AisSettings } from '../settings.ts';
import type { Snapshot } from '../snapshot.ts';
import { cleanupConflicts } from './folder-conflict.ts';
import { nothing, type Plan } from './plan.ts';
import { lookAgainMs } from './role-plan.ts';

/** How long a cluster that does not answer, or refuses, is asked to end, in milliseconds; then its pods go without. */
const patienceMs = 120_000;

const { state } = ais;

/** Ends a cluster, and takes away what its policy says (ais.md §2.10). */
export function planDeletion(snapshot: Snapshot, cluster: AIStore, settings: AisSettings): Plan {
  if (cluster.metadata?.finalizers?.includes(ais.finalizer) !== true) return { ...nothing, stage: 'gone' };
  const policy = policyOf(cluster);
  const stopped = stop(snapshot, cluster, policy);
  if (stopped !== undefined) return stopped;
  const jobs = policy.cleanupMetadata && !snapshot.namespaceEnds ? jobsOf(snapshot, cluster, settings) : [];
  const open = jobs.filter((job) => !isFinished(job, snapshot.live));
  const claims = policy.cleanupMetadata
    ? snapshot.claims.filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
    : [];
  const labels = ownerLabels(cluster.metadata?.name ?? '');
  // Those that have ended stay for as long as the cluster's object, which takes them along: else they would run again.
  const actions = planApply({ desired: jobs, live: snapshot.live, ownerLabels: labels, now: snapshot.now });
  const rest = snapshot.live.filter(({ kind }) => kind !== 'Job');
  const isDone = actions.length === 0 && claims.length === 0 && open.length === 0;
  if (isDone && rest.length === 0) {
    const failed = [
      ...failedJobs(snapshot.live),
      ...(policy.cleanupMetadata ? sharedFolders(snapshot, cluster) : []),
    ];
    // Told once, in the status, before there is nobody left who could be asked.
    return failed.length === 0 || conditionReason(cluster) === ais.reason.cleanupFailed
      ? { ...nothing, stage: 'finalized' }
      : { ...nothing, stage: 'deleting', deletion: state.hostCleanup, ...toldOf(failed) };
  }
  return {
    ...{ ...nothing, stage: 'deleting', actions, claims },
    deletion: open.length > 0 ? state.hostCleanup : state.cleaningResources,
    waiting: waitFor(open.length > 0 ? 'the folders of the nodes to be cleaned' : 'what belongs to it to go'),
    againAfterMs: lookAgainMs.shutdown,
  };
}

interface Policy {
  readonly cleanupMetadata: boolean;
  readonly cleanupData: boolean;
}

/** Of an object that is no longer valid, too: it must be possible to delete it. */
function policyOf(cluster: AIStore): Policy {
  const spec = cluster.spec as Partial<AIStore['spec']> | undefined;
  const cleanupMetadata = spec?.cleanupMetadata === true;
  return { cleanupMetadata, cleanupData: cleanupMetadata && spec?.cleanupData === true };
}

/** AIStore is told to end, and its pods end; undefined once none is left. */
function stop(
  snapshot: Snapshot,
  cluster: AIStore,
  { cleanupMetadata, cleanupData }: Policy,
): Plan | undefined {
  const { statefulSets, ais, now } = snapshot;
  const sets = statefulSets.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  if (sets.every(isIdle) && snapshot.pods.length === 0) return undefined;
  const since = Date.parse(cluster.metadata?.deletionTimestamp ?? '');
  const run = sets.some(({ spec }) => (spec?.replicas ?? 0) > 0);
  const answers = ais?.map !== undefined;
  const isLate = now - since >= patienceMs;
  // Those that have ended, and are started again and again, answer no more.
  const proxies = podFacts(snapshot.pods, names.role(cluster.metadata?.name ?? '', 'proxy'));
  const mayAnswer = snapshot.hasProxy && proxies.some(({ broken }) => broken === undefined);
  const isAwaited = run && !answers && mayAnswer && !isLate;
  const again = { againAfterMs: lookAgainMs.status, deletion: state.decommissioning };
  if (isAwaited) return { ...nothing, ...again, stage: 'deleting', waiting: waitFor('AIStore to answer') };
  const ending: AisCall = cleanupMetadata
    ? { kind: 'decommission cluster', removeUserData: cleanupData }
    : { kind: 'shut down' };
  const labels = ownerLabels(cluster.metadata?.name ?? '');
  const desired: KubeObject[] = sets.map(idleSet);
  return {
    ...{ ...nothing, ...again, stage: 'deleting', waiting: waitFor('its pods to end') },
    // Told first, and its pods end in the same pass: a container that ended would be started again.
    calls: run && answers ? [{ ...ending, ...(isLate ? { optional: true } : {}) }] : [],
    actions: planApply({ desired, live: sets, ownerLabels: labels, now }),
  };
}

/** What cleans the folders of nodes; nothing where pods keep their state elsewhere. */
function jobsOf(snapshot: Snapshot, cluster: AIStore, { cleanupHelperImage }: AisSettings): Job[] {
  const parsed = parseAIStore(cluster);
  if (!parsed.ok || sharedFolders(snapshot, cluster).length > 0) return [];
  return cleanupJobs(cluster, effectiveSpec(parsed.value.spec), snapshot.nodes, cleanupHelperImage);
}

/** Folders that another cluster has its files in, too, whatever was there first: nothing is deleted in them. */
function sharedFolders(snapshot: Snapshot, cluster: AIStore): string[] {
  return cleanupConflicts(cluster, snapshot).map(
    ({ other, folder }) => `AIStore ${other} has its files in ${folder}, too`,
  );
}

/** What is left on nodes, and why. */
function toldOf(failed: readonly string[]): Pick<Plan, 'waiting' | 'againAfterMs'> {
  const message = `folders of nodes were not cleaned: ${failed.slice(0, 10).join('; ')}`;
  const againAfterMs = lookAgainMs.status;
  return { waiting: { reason: ais.reason.cleanupFailed, message, againAfterMs }, againAfterMs };
}

function conditionReason({ status }: AIStore): string | undefined {
  return status?.conditions?.find(({ type }) => type === ais.condition.ready)?.reason;
}

function waitFor(what: string) {
  return { reason: ais.reason.deleting, message: `waiting for ${what}`, againAfterMs: lookAgainMs.shutdown };
}
