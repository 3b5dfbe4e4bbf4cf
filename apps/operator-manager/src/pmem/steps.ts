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
import type { DriverKind, DriverObject } from './driver-kind.ts';
import { eventsOf } from './events.ts';
import type { FormerMemory } from './former-memory.ts';
import type { Plan } from './plan.ts';
import type { PmemSettings } from './settings.ts';
import type { DriverSnapshot } from './snapshot.ts';
import { statusOf } from './status.ts';

/** What the steps of a reconcile work with. */
export interface DeploymentStepsOptions {
  readonly client: Pick<KubeClient, 'apply' | 'delete' | 'list' | 'patch'>;
  readonly settings: Pick<PmemSettings, 'namespace'>;
  readonly claims: Pick<Claims, 'admit'>;
  /** What the CRDs lack of this version; undefined when they lack nothing. */
  readonly crdShortfall: Latest<string | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How a driver is rolled out that an object of one kind asks for. */
export interface DriverSteps<S extends DriverSnapshot> {
  readonly kind: DriverKind;
  readonly former: FormerMemory;
  takeSnapshot(name: string, now: number): S;
  plan(snapshot: S): Plan;
  /** What a plan has done that is preparing. */
  prepare?(snapshot: S, plan: Plan, signal: AbortSignal): Promise<readonly ActionOutcome[]>;
}

/** Between two looks at a deployment of another installation, in milliseconds. */
const claimedElsewhereMs = 10_000;

const fieldManager = pmem.fieldManager.operator;

/**
 * Brings a deployment to what its spec says. All decisions are in the plan and
 * in `statusOf`; here is only what they are made from.
 */
export class DeploymentSteps<S extends DriverSnapshot> implements ReconcileSteps<S, Plan> {
  readonly type: DriverKind['type'];
  readonly fieldManager = fieldManager;
  readonly logField: string;
  readonly #steps: DriverSteps<S>;
  readonly #options: DeploymentStepsOptions;
  readonly #inspector: AgentInspector<Component>;

  constructor(steps: DriverSteps<S>, options: DeploymentStepsOptions) {
    this.type = steps.kind.type;
    this.logField = steps.kind.logField;
    this.#steps = steps;
    this.#options = options;
    this.#inspector = new AgentInspector({ ...options, kind: pmemRollout });
  }

  takeSnapshot(name: string): S {
    return this.#steps.takeSnapshot(name, this.#options.clock.now());
  }

  objectOf({ deployment }: S): DriverObject | undefined {
    return deployment;
  }

  async notOursMs(deployment: DriverObject, signal: AbortSignal): Promise<number | undefined> {
    return (await this.#options.claims.admit(deployment, signal)) ? undefined : claimedElsewhereMs;
  }

  plan(snapshot: S): Plan {
    return this.#steps.plan(snapshot);
  }

  async carryOut(snapshot: S, plan: Plan, signal: AbortSignal): Promise<readonly ActionOutcome[]> {
    const { client, settings } = this.#options;
    const { kind, former } = this.#steps;
    const { deployment, now } = snapshot;
    if (plan.lookFor !== undefined && deployment !== undefined) {
      const search = { deployment, kind, names: plan.lookFor, namespace: settings.namespace, now };
      await former.look(client, search, signal);
      return [];
    }
    const outcomes =
      plan.stage === 'preparing'
        ? ((await this.#steps.prepare?.(snapshot, plan, signal)) ?? [])
        : await executePlan(client, plan.actions, { fieldManager, signal });
    former.noteDone(deployment, outcomes);
    return outcomes;
  }

  async report(
    { deployment, ...snapshot }: S,
    plan: Plan,
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<Report | undefined> {
    if (deployment === undefined || plan.stage === 'deleting') return undefined;
    // The next reconcile follows at once, and has more to tell.
    if (plan.stage === 'preparing' && attempt.failure === undefined) return undefined;
    const daemonSets = newest(snapshot.daemonSets, 'DaemonSet', attempt.outcomes);
    const [controller] = newest(snapshot.controllers, this.#steps.kind.controller, attempt.outcomes);
    const awaited = awaitedDaemonSets(plan.wanted, daemonSets);
    const { failures, againAfterMs } = await this.#inspector.inspect(snapshot.name, awaited, signal);
    const { status, changesAfterMs } = statusOf({
      ...{ deployment, plan, daemonSets, controller, failures },
      kind: this.#steps.kind,
      neighbours: snapshot.neighbours,
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
