import { isDeepStrictEqual } from 'node:util';
import {
  type Action,
  type ActionOutcome,
  type HeldAction,
  type ReconcileResult,
  RepairPace,
  TerminalError,
} from '@rackwright/controller';
import { type Clock, errorMessage, type Logger } from '@rackwright/core';
import {
  apiVersionOf,
  type EventNote,
  type EventRecorder,
  ignoreNotFound,
  isConflict,
  isKubeError,
  type KubeClient,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type Regarding,
  type ResourceType,
} from '@rackwright/kube';

/** The least a plan says. */
export interface ReconcilePlan {
  /** What is applied and deleted. */
  readonly actions: readonly Action[];
  /** When to plan again although nothing changes, in milliseconds. */
  readonly againAfterMs?: number | undefined;
}

/** Why a plan was not carried out as a whole. */
export interface Failure {
  readonly message: string;
  /** The API server will refuse the same again, so only a change of the spec helps. */
  readonly terminal: boolean;
  /** What was refused; undefined when it was no action. */
  readonly action?: Action;
}

/** What came of carrying out a plan. */
export interface Attempt {
  readonly outcomes: readonly ActionOutcome[];
  /** What did not take effect, or was put off because it did not before. */
  readonly drifted: readonly HeldAction[];
  readonly failure?: Failure;
}

/** An object with a status, as it is stored. */
export type StoredObject = KubeObject & { readonly status?: object };

/** What to tell of one reconcile. */
export interface Report {
  /** The whole status, without what others keep in it. */
  readonly status: object;
  readonly events: readonly EventNote[];
  /** When the status changes although nothing else does, in milliseconds. */
  readonly againAfterMs?: number | undefined;
}

/**
 * What a controller of one kind decides and does. `takeSnapshot` and `plan` read
 * nothing but the caches.
 */
export interface ReconcileSteps<S, P extends ReconcilePlan> {
  readonly type: ResourceType;
  /** Who owns the status. */
  readonly fieldManager: string;
  /** What log lines call the object. */
  readonly logField: string;
  takeSnapshot(key: string): S;
  /** The object of the snapshot; undefined when it is gone. */
  objectOf(snapshot: S): StoredObject | undefined;
  /** In how many milliseconds to look again at an object that is not ours now; undefined for ours. */
  notOursMs?(object: StoredObject, signal: AbortSignal): Promise<number | undefined>;
  plan(snapshot: S): P;
  /** Carries out everything of the plan; refused actions are in the outcomes, anything else that fails ends it. */
  carryOut(snapshot: S, plan: P, signal: AbortSignal): Promise<readonly ActionOutcome[]>;
  /** Undefined when nothing is to be told, as of an object whose finalizer has just been removed. */
  report(snapshot: S, plan: P, attempt: Attempt, signal: AbortSignal): Promise<Report | undefined>;
  /** The stored status without what others keep in it; default all of it. */
  ownStatus?(status: object): object;
}

/** What a `Reconciler` works with. */
export interface ReconcilerOptions {
  readonly client: Pick<KubeClient, 'patch'>;
  readonly events: Pick<EventRecorder, 'emit'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What was attempted, with the error as it was thrown. */
interface RawAttempt {
  readonly outcomes: readonly ActionOutcome[];
  readonly error?: unknown;
}

/**
 * Brings one object to what its spec says: snapshot, plan, actions, status, in
 * this order. What does not last is repaired more and more seldom. With nothing
 * to do it sends no request.
 */
export class Reconciler<S, P extends ReconcilePlan> {
  readonly #steps: ReconcileSteps<S, P>;
  readonly #options: ReconcilerOptions;
  readonly #pace: RepairPace;

  constructor(steps: ReconcileSteps<S, P>, options: ReconcilerOptions) {
    this.#steps = steps;
    this.#options = options;
    this.#pace = new RepairPace(options.clock);
  }

  /**
   * @throws KubeError Conflict when somebody else wrote first; anything else the API server refused, after
   *   the status says so; TerminalError when trying again is no use
   */
  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const steps = this.#steps;
    const snapshot = steps.takeSnapshot(key);
    const object = steps.objectOf(snapshot);
    const notOursMs = object === undefined ? undefined : await steps.notOursMs?.(object, signal);
    if (notOursMs !== undefined) return { requeueAfterMs: notOursMs };
    const whole = steps.plan(snapshot);
    const { due, held } = this.#pace.split(whole.actions);
    const plan = { ...whole, actions: due };
    this.#log(key, plan);
    const { outcomes, error } = await this.#attempt(snapshot, plan, signal);
    const drifted = [...held, ...this.#pace.note(outcomes)];
    // Mostly it was ourselves a moment ago. The next try sees it, so nobody has to be told.
    if (outcomes.length === 0 && isConflict(error)) throw error;
    const failure = failureOf({ outcomes, error });
    const attempt = { outcomes, drifted, ...(failure === undefined ? {} : { failure }) };
    const reportAgainMs = await this.#report(snapshot, plan, attempt, signal);
    if (failure !== undefined) throw toQueue(failure, error);
    const repairs = drifted.map(({ dueInMs }) => dueInMs);
    const requeueAfterMs = earliest([reportAgainMs, plan.againAfterMs, ...repairs]);
    return requeueAfterMs === undefined ? {} : { requeueAfterMs };
  }

  async #attempt(snapshot: S, plan: P, signal: AbortSignal): Promise<RawAttempt> {
    try {
      const outcomes = await this.#steps.carryOut(snapshot, plan, signal);
      const failed = outcomes.find(({ error }) => error !== undefined);
      return failed === undefined ? { outcomes } : { outcomes, error: failed.error };
    } catch (error) {
      signal.throwIfAborted();
      return { outcomes: [], error };
    }
  }

  /** Writes the status if it changed, and tells of what happened. Returns when to look again. */
  async #report(snapshot: S, plan: P, attempt: Attempt, signal: AbortSignal): Promise<number | undefined> {
    const object = this.#steps.objectOf(snapshot);
    if (object === undefined) return undefined;
    const report = await this.#steps.report(snapshot, plan, attempt, signal);
    if (report === undefined) return undefined;
    for (const event of report.events)
      this.#options.events.emit(regardingOf(this.#steps.type, object), event);
    const { status } = object;
    const own = status === undefined ? undefined : (this.#steps.ownStatus?.(status) ?? status);
    if (!isDeepStrictEqual(report.status, own)) await this.#write(object, report.status, signal);
    return report.againAfterMs;
  }

  /**
   * A merge patch, not an apply: conditions that an older operator wrote belong
   * to its field manager, and an apply could not take them away.
   */
  async #write(object: StoredObject, status: object, signal: AbortSignal): Promise<void> {
    const { name = '', namespace, uid } = object.metadata ?? {};
    const key: ObjectKey = namespace === undefined ? { name } : { namespace, name };
    const options = { strategy: 'merge', subresource: 'status', signal } as const;
    const { type, fieldManager } = this.#steps;
    const patch = { metadata: { uid }, status };
    await ignoreNotFound(this.#options.client.patch(type, key, patch, { ...options, fieldManager }));
  }

  #log(key: string, { actions }: ReconcilePlan): void {
    const field = this.#steps.logField;
    for (const { verb, object, why } of actions) {
      this.#options.logger.info(verb, { [field]: key, kind: object.kind, object: keyOf(object), why });
    }
  }
}

/** An object as what an event is about. */
export function regardingOf(type: ResourceType, { metadata = {} }: KubeObject): Regarding {
  const { name = '', namespace, uid } = metadata;
  return {
    ...{ apiVersion: apiVersionOf(type), kind: type.kind, name },
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
  };
}

function failureOf({ outcomes, error }: RawAttempt): Failure | undefined {
  if (error === undefined) return undefined;
  const failed = outcomes.find((outcome) => outcome.error === error);
  return {
    message: errorMessage(error),
    // What the API server finds invalid in an object of ours comes from the spec.
    terminal: failed !== undefined && isKubeError(error) && error.status === 422,
    ...(failed === undefined ? {} : { action: failed.action }),
  };
}

function toQueue({ terminal, message }: Failure, cause: unknown): unknown {
  return terminal ? new TerminalError('InvalidArgument', message, { cause }) : cause;
}

/** The shortest of some waits; undefined when there is none. */
export function earliest(waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((ms) => ms !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
