import { type Clock, errorMessage, type Logger, type Runnable } from '@rackwright/core';
import {
  isConflict,
  isKubeError,
  isTransient,
  type KubeClient,
  type KubeObject,
  keyOf,
  maxServerWaitMs,
  recoverySpreadMs,
} from '@rackwright/kube';
import type { Informer, InformerEvent } from './informer.ts';
import type { ControllerMetrics, ReconcileOutcome } from './metrics.ts';
import { TerminalError } from './terminal-error.ts';
import { type RetryBounds, WorkQueue } from './work-queue.ts';

/** What a reconcile may ask for. */
export interface ReconcileResult {
  /** Come back after this many milliseconds even if nothing changes. */
  readonly requeueAfterMs?: number;
}

/** Brings one object to what it should be. Called for keys of objects that are gone, too. */
export type Reconcile = (
  key: string,
  signal: AbortSignal,
) => Promise<ReconcileResult | undefined> | Promise<void>;

/** Objects whose changes cause reconciles. */
export interface ControllerSource {
  readonly informer: Pick<Informer<KubeObject>, 'synced' | 'list' | 'subscribe'>;
  /** The keys a change concerns; default the object's own. Not given an event for what was there before the start. */
  map?(object: KubeObject, event?: InformerEvent<KubeObject>): readonly string[];
}

/** What a `Controller` needs. */
export interface ControllerOptions {
  /** Used in logs and metrics. */
  readonly name: string;
  readonly reconcile: Reconcile;
  /**
   * What `reconcile` writes with: no reconcile begins while its fence lets no
   * write pass, and those that failed because the API server was away come again
   * as soon as it is back.
   */
  readonly client?: Pick<KubeClient, 'fence' | 'reachability'>;
  readonly sources: readonly ControllerSource[];
  /** Keys worked on at the same time; default 1. */
  readonly concurrency?: number;
  /** A reconcile's signal aborts after this many milliseconds; default 300000. */
  readonly reconcileTimeoutMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: ControllerMetrics;
}

/**
 * Calls `reconcile` for every object at the start and after each change, one
 * call per key at a time. A call that throws is repeated with growing waits
 * (100 ms to 5 min; 30 s when the API server is away or has too much to do),
 * unless it throws a `TerminalError`.
 *
 * The informers are not started here: several controllers may share one.
 */
export class Controller implements Runnable {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly #options: ControllerOptions;
  readonly #logger: Logger;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#logger = options.logger.child({ controller: options.name });
    this.queue = new WorkQueue({
      clock: options.clock,
      onDepth: (depth) => options.metrics?.queueDepth(options.name, depth),
    });
  }

  enqueue(key: string): void {
    this.queue.add(key);
  }

  /** Waits for every source's first list, then works until `signal` aborts and the last reconcile has ended. */
  async start(signal: AbortSignal): Promise<void> {
    const { client, sources, concurrency = 1 } = this.#options;
    using subscriptions = new DisposableStack();
    const hasten = (): void => this.queue.hasten(recoverySpreadMs);
    subscriptions.use(client?.reachability.recoveries.subscribe(hasten));
    for (const source of sources) {
      subscriptions.use(source.informer.subscribe((event) => this.#changed(source, event.object, event)));
    }
    try {
      await Promise.all(sources.map(({ informer }) => informer.synced.until(Boolean, signal)));
      // What was in a shared cache before we subscribed.
      for (const source of sources) {
        for (const object of source.informer.list()) this.#changed(source, object);
      }
      await Promise.all(Array.from({ length: concurrency }, () => this.#work(signal)));
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.queue.clear();
    }
  }

  #changed(source: ControllerSource, object: KubeObject, event?: InformerEvent<KubeObject>): void {
    try {
      const keys = source.map === undefined ? [keyOf(object)] : source.map(object, event);
      for (const key of keys) this.queue.add(key);
    } catch (error) {
      this.#logger.error('mapping failed', { object: keyOf(object), error: errorMessage(error) });
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const key = await this.queue.next(signal);
      try {
        await this.#reconcile(key, signal);
      } finally {
        this.queue.done(key);
      }
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { client, clock, metrics } = this.#options;
    const start = clock.monotonic();
    let outcome: ReconcileOutcome = 'success';
    try {
      client?.fence?.check();
      const result = await this.#attempt(key, signal);
      this.queue.forget(key);
      if (result?.requeueAfterMs !== undefined) {
        outcome = 'requeued';
        this.queue.addAfter(key, result.requeueAfterMs);
      }
    } catch (error) {
      if (signal.aborted) return;
      outcome = error instanceof TerminalError ? 'terminal' : 'error';
      this.#failed(key, error);
    } finally {
      metrics?.reconciled(this.name, outcome, clock.monotonic() - start);
    }
  }

  /** One call, with a signal that also aborts when the call takes too long. It is waited for even then. */
  async #attempt(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> {
    const { clock, reconcile, reconcileTimeoutMs = 300_000 } = this.#options;
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    using _ = clock.timer(reconcileTimeoutMs, () =>
      abort.abort(new Error(`reconciling took longer than ${reconcileTimeoutMs} ms`)),
    );
    try {
      return (await reconcile(key, abort.signal)) as ReconcileResult | undefined;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #failed(key: string, error: unknown): void {
    const fields = { key, error: errorMessage(error) };
    if (error instanceof TerminalError) {
      this.queue.forget(key);
      this.#logger.error('reconcile failed with a terminal error', fields);
      return;
    }
    const waitMs = this.queue.retry(key, retryBounds(error));
    this.#options.metrics?.retried(this.name);
    // Somebody else wrote first: ordinary, and the next try sees it.
    this.#logger[isConflict(error) ? 'debug' : 'warn']('reconcile failed', { ...fields, waitMs });
  }
}

/** What the API server's state causes is never waited for longer than half a minute. */
function retryBounds(error: unknown): RetryBounds {
  if (!isKubeError(error)) return {};
  return {
    atLeastMs: error.retryAfterMs,
    ...(isTransient(error) ? { atMostMs: maxServerWaitMs, canHasten: true } : {}),
  };
}
