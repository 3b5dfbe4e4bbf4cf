import { isDeepStrictEqual } from 'node:util';
import { type CxiDriverStatus, cxiDrivers } from '@rackwright/api';
import {
  type ActionOutcome,
  type HeldAction,
  type ReconcileResult,
  RepairPace,
  TerminalError,
} from '@rackwright/controller';
import { type Clock, errorMessage, type Latest, type Logger } from '@rackwright/core';
import { cxi, kubernetes } from '@rackwright/keys';
import {
  type DaemonSet,
  type EventRecorder,
  ignoreNotFound,
  isConflict,
  isKubeError,
  type KubeObject,
  keyOf,
} from '@rackwright/kube';
import type { Claims } from '../claim/claims.ts';
import { components } from './component.ts';
import type { Trouble } from './component-state.ts';
import { describeDrift } from './drift.ts';
import { eventsOf } from './events.ts';
import { AgentInspector } from './failures/agent-inspector.ts';
import { type Plan, planDriver } from './plan.ts';
import type { CxiSettings } from './settings.ts';
import { agentsOf, type Caches, type Snapshot, takeSnapshot } from './snapshot.ts';
import { awaitedDaemonSets, statusOf } from './status.ts';
import { carryOut, type Writer } from './steps.ts';
import { type VirtualNodeCount, VirtualNodes } from './virtual-nodes.ts';

/** What the reconciler works with. */
export interface ReconcilerOptions {
  readonly caches: Caches;
  readonly client: Writer;
  readonly claims: Pick<Claims, 'admit'>;
  readonly events: Pick<EventRecorder, 'emit'>;
  readonly settings: CxiSettings;
  /** What the CRDs lack of this version; undefined when they lack nothing. */
  readonly crdShortfall: Latest<string | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

type StoredDriver = KubeObject & { readonly status?: CxiDriverStatus };

/** Until the next look at a CXIDriver that another installation has a claim on, in milliseconds. */
const notOursMs = 10_000;

/** What came of carrying out a plan. */
interface Attempt {
  readonly outcomes: readonly ActionOutcome[];
  /** The first failure. */
  readonly error?: unknown;
}

/** What was attempted, and what did not take effect or was put off for that reason. */
interface PacedAttempt extends Attempt {
  readonly drifted: readonly HeldAction[];
}

/**
 * Brings one CXIDriver to what its spec says: snapshot, plan, actions, status.
 * All decisions are in `planDriver` and `statusOf`; here is only the order and
 * the network. With nothing to do it sends no request.
 */
export class CxiDriverReconciler {
  readonly #options: ReconcilerOptions;
  readonly #inspector: AgentInspector;
  readonly #pace: RepairPace;
  readonly #virtualNodes: VirtualNodes;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#inspector = new AgentInspector(options);
    this.#pace = new RepairPace(options.clock);
    this.#virtualNodes = new VirtualNodes(options);
  }

  /**
   * @throws KubeError Conflict when somebody else wrote first; anything else the API server refused, after
   *   the status says so; TerminalError when trying again is no use
   */
  async reconcile(name: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { caches, client, claims, settings, clock } = this.#options;
    const snapshot = takeSnapshot(name, caches, { namespace: settings.namespace, now: clock.now() });
    const { driver } = snapshot;
    if (driver !== undefined && !(await claims.admit(driver, signal))) return { requeueAfterMs: notOursMs };
    const whole = planDriver(snapshot, settings);
    const { due, held } = this.#pace.split(whole.actions);
    const plan = { ...whole, actions: due };
    this.#log(name, plan);
    const attempted = await attemptPlan(client, snapshot.driver, plan, signal);
    const attempt = { ...attempted, drifted: [...held, ...this.#pace.note(attempted.outcomes)] };
    // Mostly it was ourselves a moment ago. The next try sees it, so nobody has to be told.
    if (attempt.outcomes.length === 0 && isConflict(attempt.error)) throw attempt.error;
    const reportAgainMs = await this.#report(snapshot, plan, attempt, signal);
    if (attempt.error !== undefined) throw toQueue(attempt);
    const repairs = attempt.drifted.map(({ dueInMs }) => dueInMs);
    const requeueAfterMs = earliest([reportAgainMs, plan.againAfterMs, ...repairs]);
    return requeueAfterMs === undefined ? {} : { requeueAfterMs };
  }

  /** Writes the status if it changed, and tells of what happened. Returns when to look again. */
  async #report(
    snapshot: Snapshot,
    plan: Plan,
    attempt: PacedAttempt,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const object: StoredDriver | undefined = snapshot.driver;
    const finished = plan.dropFinalizer && plan.stage === 'deleting' && attempt.error === undefined;
    if (object === undefined || finished) return undefined;
    const { settings, clock, crdShortfall } = this.#options;
    const daemonSets = newest(agentsOf(snapshot, settings.namespace).daemonSets, attempt.outcomes);
    const awaited = awaitedDaemonSets({ plan, daemonSets, settings });
    const { failures, againAfterMs } = await this.#inspector.inspect(snapshot.name, awaited, signal);
    const skipped = await this.#countSkipped(plan, signal);
    const result = statusOf({
      ...{ object, plan, daemonSets, failures, settings },
      rebootNodes: snapshot.rebootNodes,
      trouble: troubleOf(attempt),
      drift: describeDrift(attempt.drifted),
      crdShortfall: crdShortfall.value,
      skipped: skipped.count,
      now: clock.now(),
    });
    this.#emit(object, plan, attempt.outcomes, result.status);
    if (!isDeepStrictEqual(result.status, ownStatus(object.status)))
      await this.#write(object, result.status, signal);
    return earliest([result.changesAfterMs, againAfterMs, skipped.againAfterMs]);
  }

  async #countSkipped({ stage, driver }: Plan, signal: AbortSignal): Promise<VirtualNodeCount> {
    if (stage !== 'active' || driver === undefined) return { count: 0 };
    return await this.#virtualNodes.count(driver.spec.nodeSelector ?? {}, signal);
  }

  /**
   * A merge patch, not an apply: conditions that the older operator wrote belong
   * to its field manager, and an apply could not take them away.
   */
  async #write(object: StoredDriver, status: CxiDriverStatus, signal: AbortSignal): Promise<void> {
    const name = object.metadata?.name ?? '';
    const options = { strategy: 'merge', subresource: 'status', signal } as const;
    const fieldManager = cxi.fieldManager.operator;
    const patch = { metadata: { uid: object.metadata?.uid }, status };
    await ignoreNotFound(
      this.#options.client.patch(cxiDrivers, { name }, patch, { ...options, fieldManager }),
    );
  }

  #emit(object: StoredDriver, plan: Plan, outcomes: readonly ActionOutcome[], status: CxiDriverStatus): void {
    const { name = '', uid } = object.metadata ?? {};
    const regarding = { apiVersion: `${cxi.group}/${cxi.version}`, kind: 'CXIDriver', name };
    for (const event of eventsOf(plan, outcomes, object.status, status)) {
      this.#options.events.emit(uid === undefined ? regarding : { ...regarding, uid }, event);
    }
  }

  #log(name: string, plan: Plan): void {
    const { stage, reason, message, actions } = plan;
    const fields = { driver: name, stage, ...(reason === '' ? {} : { reason, message }) };
    this.#options.logger.debug('planned', { ...fields, actions: actions.length });
    for (const { verb, object, why } of actions) {
      this.#options.logger.info(verb, { driver: name, kind: object.kind, object: keyOf(object), why });
    }
  }
}

async function attemptPlan(
  client: Writer,
  driver: KubeObject | undefined,
  plan: Plan,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    const outcomes = await carryOut(client, driver, plan, signal);
    const failed = outcomes.find(({ error }) => error !== undefined);
    return failed === undefined ? { outcomes } : { outcomes, error: failed.error };
  } catch (error) {
    signal.throwIfAborted();
    return { outcomes: [], error };
  }
}

function earliest(waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((ms) => ms !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** What the cache has, with what the API server just answered in its place. */
function newest(cached: readonly DaemonSet[], outcomes: readonly ActionOutcome[]): DaemonSet[] {
  const byKey = new Map(cached.map((daemonSet) => [keyOf(daemonSet), daemonSet]));
  for (const { action, object } of outcomes) {
    if (action.object.kind !== 'DaemonSet') continue;
    if (object !== undefined) byKey.set(keyOf(object), object as DaemonSet);
    else if (action.verb === 'delete') byKey.delete(keyOf(action.object));
  }
  return [...byKey.values()];
}

function troubleOf({ outcomes, error }: Attempt): Trouble | undefined {
  if (error === undefined) return undefined;
  const failed = outcomes.find((outcome) => outcome.error === error);
  const component = failed?.action.object.metadata?.labels?.[kubernetes.label.component];
  const known = components.find((name) => name === component);
  return {
    message: errorMessage(error),
    // What the API server finds invalid in an object of ours comes from the spec.
    forGood: failed !== undefined && isInvalid(error),
    ...(known === undefined ? {} : { component: known }),
  };
}

function isInvalid(error: unknown): boolean {
  return isKubeError(error) && error.status === 422;
}

function toQueue(attempt: Attempt): unknown {
  const trouble = troubleOf(attempt);
  if (trouble?.forGood !== true) return attempt.error;
  return new TerminalError('InvalidArgument', trouble.message, { cause: attempt.error });
}

/** The status without what others keep in it. */
function ownStatus(status: CxiDriverStatus | undefined): CxiDriverStatus | undefined {
  if (status === undefined) return undefined;
  const { webhookReady: _webhook, lastHeartbeatTime: _heartbeat, ...own } = status;
  return own;
}
