import { type PmemCsiDeployment, pmemCsiDeployments } from '@rackwright/api';
import { type ActionOutcome, executePlan } from '@rackwright/controller';
import type { Clock, Latest, Logger } from '@rackwright/core';
import { kubernetes, pmem } from '@rackwright/keys';
import { type KubeClient, type KubeObject, keyOf } from '@rackwright/kube';
import {
  AgentInspector,
  type Attempt,
  awaitedDaemonSets,
  earliest,
  type Failure,
  type PlanFailure,
  type ReconcileSteps,
  type Report,
} from '@rackwright/manager';
import type { Claims } from '../claim/claims.ts';
import { type Component, components, pmemRollout } from './component.ts';
import { describeDrift } from './drift.ts';
import { eventsOf } from './events.ts';
import { type Plan, planDeployment } from './plan.ts';
import type { PmemSettings } from './settings.ts';
import { type Caches, type Snapshot, takeSnapshot } from './snapshot.ts';
import { statusOf } from './status.ts';

/** What the steps of a reconcile work with. */
export interface DeploymentStepsOptions {
  readonly caches: Caches;
  readonly client: Pick<KubeClient, 'apply' | 'delete' | 'list' | 'patch'>;
  readonly settings: PmemSettings;
  readonly claims: Pick<Claims, 'admit'>;
  /** What the CRDs lack of this version; undefined when they lack nothing. */
  readonly crdShortfall: Latest<string | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Between two looks at a deployment of another installation, in milliseconds. */
const claimedElsewhereMs = 10_000;

const fieldManager = pmem.fieldManager.operator;

/**
 * Brings a PmemCSIDeployment to what its spec says. All decisions are in
 * `planDeployment` and `statusOf`; here is only what they are made from.
 */
export class DeploymentSteps implements ReconcileSteps<Snapshot, Plan> {
  readonly type = pmemCsiDeployments;
  readonly fieldManager = fieldManager;
  readonly logField = 'pmemcsideployment';
  readonly #options: DeploymentStepsOptions;
  readonly #inspector: AgentInspector<Component>;

  constructor(options: DeploymentStepsOptions) {
    this.#options = options;
    this.#inspector = new AgentInspector({ ...options, kind: pmemRollout });
  }

  takeSnapshot(name: string): Snapshot {
    return takeSnapshot(name, this.#options.caches, this.#options.clock.now());
  }

  objectOf({ deployment }: Snapshot): PmemCsiDeployment | undefined {
    return deployment;
  }

  async notOursMs(deployment: PmemCsiDeployment, signal: AbortSignal): Promise<number | undefined> {
    return (await this.#options.claims.admit(deployment, signal)) ? undefined : claimedElsewhereMs;
  }

  plan(snapshot: Snapshot): Plan {
    return planDeployment(snapshot, this.#options.settings);
  }

  carryOut(_snapshot: Snapshot, plan: Plan, signal: AbortSignal): Promise<readonly ActionOutcome[]> {
    return executePlan(this.#options.client, plan.actions, { fieldManager, signal });
  }

  async report(
    { deployment, ...snapshot }: Snapshot,
    plan: Plan,
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<Report | undefined> {
    if (deployment === undefined || plan.stage === 'deleting') return undefined;
    const daemonSets = newest(snapshot.daemonSets, 'DaemonSet', attempt.outcomes);
    const [controller] = newest(snapshot.controllers, 'Deployment', attempt.outcomes);
    const awaited = awaitedDaemonSets(plan.wanted, daemonSets);
    const { failures, againAfterMs } = await this.#inspector.inspect(snapshot.name, awaited, signal);
    const { status, changesAfterMs } = statusOf({
      ...{ deployment, plan, daemonSets, controller, failures },
      planFailure: planFailureOf(attempt.failure),
      drift: describeDrift(attempt.drifted),
      crdShortfall: this.#options.crdShortfall.value,
      now: snapshot.now,
    });
    return {
      status,
      events: eventsOf(deployment.status, status),
      againAfterMs: earliest([changesAfterMs, againAfterMs]),
    };
  }
}

/** What the cache has, with what the API server just answered in its place. */
function newest<T extends KubeObject>(
  cached: readonly T[],
  kind: string,
  outcomes: readonly ActionOutcome[],
): T[] {
  const byKey = new Map(cached.map((object) => [keyOf(object), object]));
  for (const { action, object } of outcomes) {
    if (action.object.kind !== kind) continue;
    if (object !== undefined) byKey.set(keyOf(object), object as T);
    else if (action.verb === 'delete') byKey.delete(keyOf(action.object));
  }
  return [...byKey.values()];
}

function planFailureOf(failure: Failure | undefined): PlanFailure<Component> | undefined {
  if (failure === undefined) return undefined;
  const { message, terminal, action } = failure;
  const component = action?.object.metadata?.labels?.[kubernetes.label.component];
  const known = components.find((name) => name === component);
  return { message, terminal, ...(known === undefined ? {} : { component: known }) };
}
