import { Backoff, type Clock, errorMessage, Latest, type Logger, type Runnable } from '@rackwright/core';
import { isKubeError, isNotFound, type Reachability, TokenBucket } from '@rackwright/kube';
import type { NodeSnapshot, PublicationPolicy } from '../model.ts';
import { type Action, formatActions } from '../plan/action.ts';
import { planPublication } from '../plan/plan.ts';
import { deviceViews } from '../views.ts';
import type { Executor } from './executor.ts';
import type { ObservedState } from './observed-state.ts';

export interface PublisherOptions {
  readonly node: string;
  /** The newest state of the node. */
  readonly snapshot: () => NodeSnapshot;
  readonly policy: PublicationPolicy;
  readonly observedState: ObservedState;
  readonly executor: Pick<Executor, 'execute'>;
  /** Where to wait for an API server that is away. */
  readonly reachability: Pick<Reachability, 'pause'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Time between two looks at the own Node without a cause. */
  readonly pollIntervalMs: number;
  readonly random?: () => number;
  /** Told of each action that succeeded. */
  readonly onWrite?: (kind: Action['kind']) => void;
}

/** How the last publication went. */
export interface PublicationOutcome {
  readonly ok: boolean;
  readonly message?: string;
  /** On the clock's monotonic scale. */
  readonly at: number;
  /** When a publication last succeeded, on the same scale. */
  readonly succeededAt?: number;
}

/** A plan that is not empty after so many rounds fights with another writer: that is left for later. */
const MAX_ROUNDS = 4;

/**
 * Makes the API server say what the node is like. Nothing is queued: whenever
 * it gets to write, it writes the newest state. While the API server is away it
 * tries again when it is back, and after half a minute at the latest.
 */
export class Publisher implements Runnable {
  readonly name = 'publisher';
  readonly outcome = new Latest<PublicationOutcome | undefined>(undefined);
  readonly #options: PublisherOptions;
  readonly #wanted = new Latest(0);
  readonly #backoff: Backoff;
  readonly #bucket: TokenBucket;
  #listedAt = Number.NEGATIVE_INFINITY;
  /** What the last publication could not bring about, as lines. */
  #unsettled = '';

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ initialMs: 500, maxMs: 15_000, jitter: 0.5 }, options.random);
    // A flapping link must not become a stream of writes.
    this.#bucket = new TokenBucket({ clock: options.clock, ratePerSecond: 1, burst: 5 });
  }

  /** Something changed: publish soon. */
  wake(): void {
    this.#wanted.set(this.#wanted.value + 1);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, pollIntervalMs, random = Math.random } = this.#options;
    while (!signal.aborted) {
      const seen = this.#wanted.value;
      const isPublished = await this.#publishOnce(signal);
      if (signal.aborted) return;
      if (!isPublished) continue;
      await this.#changeOr(pollIntervalMs * (0.9 + 0.2 * random()), seen, signal);
      await clock.sleep(this.#bucket.reserve(), signal).catch(() => undefined);
    }
  }

  /** Resolves with whether it worked; if not, after the wait before the next try. */
  async #publishOnce(signal: AbortSignal): Promise<boolean> {
    const { clock, logger } = this.#options;
    const before = this.outcome.value;
    try {
      await this.publish(signal);
      const at = clock.monotonic();
      this.#backoff.reset();
      this.outcome.set({ ok: true, at, succeededAt: at });
      if (before?.ok === false) logger.info('published again');
      return true;
    } catch (error) {
      if (!signal.aborted) await this.#failed(error, before, signal);
      return false;
    }
  }

  async #failed(error: unknown, before: PublicationOutcome | undefined, signal: AbortSignal): Promise<void> {
    const { clock, logger, observedState, reachability } = this.#options;
    observedState.markStale();
    const message = errorMessage(error);
    const asked = isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
    const retryMs = Math.max(this.#backoff.next(), asked);
    const log = before?.ok === false && before.message === message ? 'debug' : 'warn';
    logger[log]('cannot publish', { error: message, retryMs });
    const succeededAt = before?.succeededAt === undefined ? {} : { succeededAt: before.succeededAt };
    this.outcome.set({ ok: false, message, at: clock.monotonic(), ...succeededAt });
    const isBack = await reachability.pause(retryMs, error, signal).catch(() => false);
    if (isBack) this.#backoff.reset();
  }

  /**
   * Publishes the newest state once. Without the CRD of CXIDevices that is what
   * belongs on the Node.
   *
   * @throws KubeError for the first of what was refused, or could not be told; everything else was tried
   */
  async publish(signal: AbortSignal): Promise<void> {
    const { observedState } = this.#options;
    await observedState.readNode(signal);
    await this.#listSometimes(signal);
    let left = await this.#plan(signal);
    for (let round = 0; round < MAX_ROUNDS && left.length > 0; round++) {
      await this.#execute(left, signal);
      left = await this.#plan(signal);
    }
    this.#tellUnsettled(formatActions(left));
    if (observedState.notServed !== undefined) throw observedState.notServed;
  }

  /** What is written and does not stay is said once, until it stays or is something else. */
  #tellUnsettled(actions: string): void {
    if (actions !== '' && actions !== this.#unsettled) {
      const remedy = 'see which admission policy, webhook or program changes Nodes or CXIDevices';
      this.#options.logger.warn('what was written does not stay', { actions: actions.trimEnd(), remedy });
    }
    this.#unsettled = actions;
  }

  /** The list costs the API server more than the rest; between two lists our own writes tell us enough. */
  async #listSometimes(signal: AbortSignal): Promise<void> {
    const { clock, observedState, policy } = this.#options;
    if (clock.monotonic() - this.#listedAt < policy.heartbeatMs) return;
    await observedState.readDevices(signal);
    this.#listedAt = clock.monotonic();
  }

  async #plan(signal: AbortSignal): Promise<Action[]> {
    const { node, policy, clock, observedState } = this.#options;
    const observed = await observedState.observe(signal);
    const snapshot = this.#options.snapshot();
    return planPublication({
      node,
      devices: deviceViews(snapshot),
      unidentified: snapshot.unidentified,
      driver: snapshot.driver,
      retryHandlers: snapshot.retryHandlers,
      outOfService: snapshot.outOfService,
      observed,
      now: clock.now(),
      policy,
    });
  }

  /** One refused object does not keep the others from being written; without a connection nothing is tried further. */
  async #execute(actions: readonly Action[], signal: AbortSignal): Promise<void> {
    const { executor, observedState, logger, onWrite } = this.#options;
    const failures: unknown[] = [];
    for (const action of actions) {
      try {
        await executor.execute(action, signal);
        onWrite?.(action.kind);
      } catch (error) {
        if (action.kind === 'deleteDevice' && isNotFound(error)) {
          observedState.deleted(action.name);
          continue;
        }
        failures.push(error);
        if (signal.aborted || !isKubeError(error) || error.status === 0) break;
        logger.debug('action failed', { action: action.kind, error: errorMessage(error) });
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  async #changeOr(ms: number, seen: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const done = new AbortController();
    const cut = AbortSignal.any([signal, done.signal]);
    const changed = this.#wanted.until((wanted) => wanted !== seen, cut);
    await Promise.race([changed, clock.sleep(ms, cut)]).catch(() => undefined);
    done.abort();
    await changed.catch(() => undefined);
  }
}
