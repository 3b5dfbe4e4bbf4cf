import type { AisClient } from '@rackwright/aistore';
import type { AIStore } from '@rackwright/api';
import { aistores } from '@rackwright/api';
import { type ActionOutcome, executePlan, TerminalError } from '@rackwright/controller';
import type { Clock, Latest, Logger } from '@rackwright/core';
import { ais } from '@rackwright/keys';
import { ignoreNotFound, isNamespaceEnding, type KubeClient, resources } from '@rackwright/kube';
import {
  type Attempt,
  addFinalizer,
  dropFinalizer,
  type ReconcileSteps,
  type Report,
} from '@rackwright/manager';
import { describeCall } from './calls.ts';
import { eventsOf } from './events.ts';
import { certificates } from './manifests/certificate.ts';
import type { Memory } from './memory.ts';
import type { CallCounts } from './metrics.ts';
import { makeCalls } from './observed/observer.ts';
import { type Plan, planCluster } from './plan/plan.ts';
import type { AisSettings } from './settings.ts';
import type { Snapshot } from './snapshot.ts';
import { statusOf } from './status.ts';
import { adoptOwn, removeStatsdConfig } from './takeover.ts';

export interface ClusterStepsOptions {
  readonly client: Pick<KubeClient, 'apply' | 'delete' | 'patch'>;
  readonly settings: AisSettings;
  readonly takeSnapshot: (key: string) => Snapshot;
  /** The cluster to ask; undefined where there is none. */
  readonly clientOf: (key: string) => AisClient | undefined;
  readonly memory: Memory;
  readonly callCounts: CallCounts;
  readonly crdShortfall: Latest<string | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const fieldManager = ais.fieldManager.operator;
const finalizer = { type: aistores, name: ais.finalizer, fieldManager } as const;

/** Brings a cluster to what its object says. All decisions are in the plan and in `statusOf`. */
export class ClusterSteps implements ReconcileSteps<Snapshot, Plan> {
  readonly type = aistores;
  readonly fieldManager = fieldManager;
  readonly logField = 'aistore';
  readonly #options: ClusterStepsOptions;

  constructor(options: ClusterStepsOptions) {
    this.#options = options;
  }

  takeSnapshot(key: string): Snapshot {
    return this.#options.takeSnapshot(key);
  }

  objectOf({ cluster }: Snapshot): AIStore | undefined {
    return cluster;
  }

  plan(snapshot: Snapshot): Plan {
    return planCluster(snapshot, this.#options.settings);
  }

  /** AIStore first: its pods go only once it has let them go. */
  async carryOut(snapshot: Snapshot, plan: Plan, signal: AbortSignal): Promise<readonly ActionOutcome[]> {
    const { client } = this.#options;
    const { cluster, key } = snapshot;
    if (cluster === undefined) return [];
    if (plan.stage === 'new') await addFinalizer(client, cluster, finalizer, signal);
    if (plan.stage === 'finalized') await dropFinalizer(client, cluster, finalizer, signal);
    this.#options.memory.noteConfigDiffers(key, configDiffers(snapshot, plan));
    await this.#call(key, plan, signal);
    const writing = { fieldManager, signal, types: [certificates] };
    const executed = await executePlan(client, plan.actions, writing);
    const outcomes = await adoptOwn(client, cluster, executed, writing);
    if (outcomes.some(({ error }) => isNamespaceEnding(error))) this.#options.memory.noteNamespaceEnds(key);
    if (outcomes.some(({ error }) => error !== undefined)) return outcomes;
    await this.#clear(snapshot.key, plan, cluster, signal);
    const { namespace = '' } = cluster.metadata ?? {};
    for (const { name, uid } of plan.restarts) {
      this.#options.logger.info('pod restarted', { aistore: key, pod: name });
      const options = { preconditions: { uid }, signal };
      await ignoreNotFound(client.delete(resources.pods, { namespace, name }, options));
    }
    for (const { metadata: { name = '', uid = '' } = {} } of plan.claims) {
      const options = { preconditions: { uid }, signal };
      await ignoreNotFound(client.delete(resources.persistentVolumeClaims, { namespace, name }, options));
    }
    return outcomes;
  }

  /** Once, and not of a cluster that goes, and takes it along. */
  async #clear(key: string, { stage }: Plan, cluster: AIStore, signal: AbortSignal): Promise<void> {
    const { client, memory } = this.#options;
    if (stage !== 'running' || memory.isCleared(key)) return;
    await removeStatsdConfig(client, cluster, signal);
    memory.noteCleared(key);
  }

  async #call(key: string, { calls }: Plan, signal: AbortSignal): Promise<void> {
    if (calls.length === 0) return;
    const { clientOf, memory, callCounts, logger } = this.#options;
    const cluster = clientOf(key);
    if (cluster === undefined) throw new TerminalError('FailedPrecondition', 'there is no cluster to ask');
    for (const call of calls) logger.info('asked of AIStore', { aistore: key, call: describeCall(call) });
    const { refused } = await makeCalls(cluster, calls, signal, (call, outcome) =>
      callCounts.add(call, outcome),
    );
    if (refused !== undefined) memory.noteRefused(key, refused);
  }

  async report(snapshot: Snapshot, plan: Plan, attempt: Attempt): Promise<Report | undefined> {
    const { cluster } = snapshot;
    if (cluster === undefined || plan.stage === 'gone' || plan.stage === 'finalized') return undefined;
    const failure = attempt.failure;
    const status = statusOf({
      ...{ snapshot, cluster, plan, failure },
      refusedConfig: snapshot.ais?.refused?.message,
      crdShortfall: this.#options.crdShortfall.value,
    });
    return { status, events: eventsOf(cluster.status, status, failure?.message) };
  }
}

/** Whether the configuration of a cluster is not what it shall be; undefined while nobody knows. */
function configDiffers({ ais: seen }: Snapshot, { calls }: Plan): boolean | undefined {
  if (seen?.config === undefined) return undefined;
  return seen.refused !== undefined || calls.some(({ kind }) => kind === 'set config');
}
