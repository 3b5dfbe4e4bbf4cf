import { type AidaptivCache, aidaptivCaches } from '@rackwright/api';
import type { ActionOutcome } from '@rackwright/controller';
import type { Clock, Latest, Logger } from '@rackwright/core';
import { aidaptivCache, kubernetes } from '@rackwright/keys';
import type { KubeClient, Node } from '@rackwright/kube';
import {
  AgentInspector,
  type Attempt,
  awaitedDaemonSets,
  earliest,
  newestDaemonSets,
  planFailureOf,
  type ReconcileSteps,
  type Report,
} from '@rackwright/manager';
import type { Claims } from '../claim/claims.ts';
import { carryOut } from './carry-out.ts';
import { ai100Rollout, type Component } from './component.ts';
import { describeDrift } from './drift.ts';
import { eventsOf } from './events.ts';
import type { ExpectedExporters } from './handshake/expected-exporters.ts';
import { ConsumerEviction } from './nodes/evict-consumers.ts';
import { judgeSuspension } from './nodes/suspension.ts';
import { nextSilenceMs, type Plan, planCache } from './plan.ts';
import type { Ai100Settings } from './settings.ts';
import { type Caches, type Snapshot, takeSnapshot } from './snapshot.ts';
import { shownComponents, statusOf } from './status.ts';

/** What the steps of a reconcile work with. */
export interface CacheStepsOptions {
  readonly caches: Caches;
  readonly client: Pick<KubeClient, 'apply' | 'delete' | 'evict' | 'list' | 'patch'>;
  readonly settings: Ai100Settings;
  readonly claims: Pick<Claims, 'admit'>;
  /** Whose handshakes are awaited; undefined where nobody listens. */
  readonly exporters?: Pick<ExpectedExporters, 'look'> | undefined;
  /** What the CRDs lack of this version; undefined when they lack nothing. */
  readonly crdShortfall: Latest<string | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Between two looks at an AidaptivCache of another installation, in milliseconds. */
const claimedElsewhereMs = 10_000;

const fieldManager = aidaptivCache.fieldManager.operator;

/**
 * Brings the AidaptivCache to what its spec says. All decisions are in
 * `planCache` and `statusOf`; here is only what they are made from.
 */
export class CacheSteps implements ReconcileSteps<Snapshot, Plan> {
  readonly type = aidaptivCaches;
  readonly fieldManager = fieldManager;
  readonly logField = 'aidaptivcache';
  readonly #options: CacheStepsOptions;
  readonly #inspector: AgentInspector<Component>;
  readonly #eviction: ConsumerEviction;

  constructor(options: CacheStepsOptions) {
    this.#options = options;
    this.#inspector = new AgentInspector({ ...options, kind: ai100Rollout });
    this.#eviction = new ConsumerEviction(options);
  }

  takeSnapshot(name: string): Snapshot {
    const { caches, clock, exporters, settings } = this.#options;
    return takeSnapshot(name, caches, {
      now: clock.now(),
      exportersOf: (nodes) => exporters?.look(exporterNodes(nodes, settings)) ?? [],
    });
  }

  objectOf({ cache }: Snapshot): AidaptivCache | undefined {
    return cache;
  }

  async notOursMs(cache: AidaptivCache, signal: AbortSignal): Promise<number | undefined> {
    return (await this.#options.claims.admit(cache, signal)) ? undefined : claimedElsewhereMs;
  }

  plan(snapshot: Snapshot): Plan {
    return planCache(snapshot, this.#options.settings);
  }

  carryOut({ cache }: Snapshot, plan: Plan, signal: AbortSignal): Promise<readonly ActionOutcome[]> {
    return carryOut(this.#options.client, cache, plan, signal);
  }

  async report(
    { cache, ...snapshot }: Snapshot,
    plan: Plan,
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<Report | undefined> {
    const isFinished = plan.finalizer === 'drop' && attempt.failure === undefined;
    if (cache === undefined || isFinished) return undefined;
    const now = this.#options.clock.now();
    const { namespace } = this.#options.settings;
    const own = snapshot.daemonSets.filter(({ metadata }) => metadata?.namespace === namespace);
    const daemonSets = newestDaemonSets(own, attempt.outcomes);
    const awaited = awaitedDaemonSets(shownComponents({ plan, daemonSets }), daemonSets);
    const { failures, againAfterMs } = await this.#inspector.inspect(aidaptivCache.name, awaited, signal);
    const suspension = judgeSuspension(conditionsToBe(plan), now);
    const evicted = await this.#eviction.run(suspension.suspended ? { ...plan, clearing: [] } : plan, signal);
    const { status, changesAfterMs } = statusOf({
      ...{ cache, plan, daemonSets, failures, suspension, now },
      planFailure: planFailureOf(attempt.failure, ai100Rollout),
      drift: describeDrift(attempt.drifted),
      crdShortfall: this.#options.crdShortfall.value,
    });
    return {
      status,
      events: [...eventsOf(attempt.outcomes, cache.status, status), ...evicted.events],
      againAfterMs: earliest([
        ...[changesAfterMs, againAfterMs, nextSilenceMs(plan)],
        ...[suspension.againAfterMs, evicted.againAfterMs],
      ]),
    };
  }
}

/** Nodes for which the exporter's image exists. */
function exporterNodes(nodes: readonly Node[], { architectures }: Ai100Settings): string[] {
  return nodes.flatMap(({ metadata }) => {
    const { [kubernetes.label.arch]: architecture } = metadata?.labels ?? {};
    const fits = architecture === undefined || architectures.length === 0;
    return fits || architectures.includes(architecture) ? [metadata?.name ?? ''] : [];
  });
}

/** Conditions of the managed nodes as they are after the writes of the plan. */
function conditionsToBe({ nodes, nodeWrites }: Plan) {
  return nodes.map(({ node }) => {
    const written = nodeWrites.find((write) => write.node === node)?.conditions;
    return written === undefined ? node : { status: { conditions: [...written] } };
  });
}
