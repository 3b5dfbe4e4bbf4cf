import { type Clock, Latest, type Logger, type Runnable } from '@rackwright/core';
import type { DaemonSet, EventRecorder, KubeObject, Regarding } from '@rackwright/kube';
import { type ActiveState, regardingOf } from '@rackwright/manager';
import type { Accounts } from './accounts.ts';
import { activeStateOf } from './active-state.ts';
import type { ClaimedKind } from './claimed-kind.ts';
import type { Claims } from './claims.ts';
import { claimOf, type Installation, isSame } from './installation.ts';

/** Between two events about standing by, in milliseconds: events are forgotten after an hour. */
const repeatMs = 300_000;

/** A cache whose changes are told. */
export interface Followed<T extends KubeObject> {
  readonly synced: Latest<boolean>;
  list(): readonly T[];
  subscribe(listener: () => void): Disposable;
}

export interface ExclusivityOptions {
  readonly kind: ClaimedKind;
  readonly self: Installation;
  readonly objects: Followed<KubeObject>;
  /** Those of agents, of all namespaces. */
  readonly daemonSets: Followed<DaemonSet>;
  readonly accounts: Accounts;
  readonly claims: Pick<Claims, 'held'>;
  readonly events: Pick<EventRecorder, 'emit'>;
  /** The pod that stands by, for its events. */
  readonly pod?: Regarding;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Keeps an installation from acting while another one looks after the
 * objects of a kind. It runs on every replica and only reads; standing by shows in the
 * readiness, the log and events.
 */
export class Exclusivity implements Runnable {
  readonly name: string;
  readonly activeState: Latest<ActiveState>;
  readonly #options: ExclusivityOptions;
  readonly #changes = new Latest(0);
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: ExclusivityOptions) {
    this.#options = options;
    const { kind } = options.kind.type;
    this.name = options.kind.check;
    this.activeState = new Latest<ActiveState>(
      { acts: false, message: `the ${kind}s are not read yet` },
      (a, b) => a.acts === b.acts && a.message === b.message,
    );
  }

  /** Follows the objects until `signal` aborts. */
  async start(signal: AbortSignal): Promise<void> {
    const { objects, daemonSets } = this.#options;
    using _objects = objects.subscribe(() => this.#change());
    using _daemonSets = daemonSets.subscribe(() => this.#change());
    try {
      await Promise.all([objects, daemonSets].map(({ synced }) => synced.until(Boolean, signal)));
      while (!signal.aborted) {
        const seen = this.#changes.value;
        await this.#decide(signal);
        await this.#changeSince(seen, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #decide(signal: AbortSignal): Promise<void> {
    // While it acts, nobody else matters to it unless they took its claims away.
    if (!this.#evaluate().acts) {
      for (const other of this.#others()) {
        if (this.#options.accounts.dueInMs(other) === 0) await this.#options.accounts.look(other, signal);
      }
    }
    const activeState = this.#evaluate();
    const changed = this.activeState.set(activeState);
    if (!activeState.acts) this.#tell(activeState.message, changed);
    else if (changed) {
      const { logger, kind } = this.#options;
      logger.info(`no other installation looks after ${kind.type.kind}s`);
    }
  }

  #evaluate(): ActiveState {
    const { kind, self, objects, daemonSets, accounts, claims } = this.#options;
    const { stateOf } = accounts;
    return activeStateOf({
      ...{ kind, self, objects: objects.list(), daemonSets: daemonSets.list(), held: claims.held, stateOf },
    });
  }

  #others(): Installation[] {
    const { self, objects } = this.#options;
    const claims = objects.list().flatMap((object) => claimOf(object) ?? []);
    return claims.filter((claim) => !isSame(claim, self));
  }

  #tell(message: string, changed: boolean): void {
    const { clock, logger, events, objects, pod, kind } = this.#options;
    if (changed) logger.warn(message);
    const now = clock.monotonic();
    if (!changed && now - this.#toldAt < repeatMs) return;
    this.#toldAt = now;
    const note = { type: 'Warning', reason: kind.event.standingBy, message } as const;
    if (pod !== undefined) events.emit(pod, note);
    for (const object of objects.list()) events.emit(regardingOf(kind.type, object), note);
  }

  /** Resolves when a cache has changed since `seen`, or it is time to look again. */
  async #changeSince(seen: number, signal: AbortSignal): Promise<void> {
    const { accounts, clock } = this.#options;
    const waits = this.activeState.value.acts ? [] : this.#others().map((other) => accounts.dueInMs(other));
    using _ = waits.length === 0 ? undefined : clock.timer(Math.min(...waits), () => this.#change());
    await this.#changes.until((version) => version !== seen, signal);
  }

  #change(): void {
    this.#changes.set(this.#changes.value + 1);
  }
}
