import { Backoff, type Clock } from '@rackwright/core';
import { TokenBucket } from '@rackwright/kube';

/** How a `WorkQueue` paces retries. */
export interface WorkQueueOptions {
  readonly clock: Clock;
  /** First wait of one key's retries; default 100. */
  readonly initialMs?: number;
  /** Longest wait of one key's retries; default 300000. */
  readonly maxMs?: number;
  /** Retries of all keys together per second; default 10. */
  readonly retriesPerSecond?: number;
  /** Retries let through at once before that limit counts; default 100. */
  readonly retryBurst?: number;
  readonly random?: () => number;
  /** Told the number of waiting keys when it changes. */
  onDepth?(depth: number): void;
}

/** Limits of one wait before a retry, in milliseconds. */
export interface RetryBounds {
  readonly atLeastMs?: number | undefined;
  /** Against the growth with each failure; the limit over all keys and `atLeastMs` stay. */
  readonly atMostMs?: number | undefined;
  /** `hasten` may end the wait. */
  readonly canHasten?: boolean;
}

/**
 * Keys to work on. A key waits in it once at most; it is never handed out while
 * it is being worked on, and comes again afterwards if it was added meanwhile.
 * Keys that are done with leave nothing behind.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #bucket: TokenBucket;
  /** In order of arrival. */
  readonly #ready = new Set<string>();
  readonly #working = new Set<string>();
  /** Added while being worked on. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, { readonly at: number; readonly timer: Disposable }>();
  readonly #backoffs = new Map<string, Backoff>();
  /** Keys whose retry waits for a cause that may go away before its time. */
  readonly #hasty = new Set<string>();
  readonly #waiters: ((key: string) => void)[] = [];

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    const { clock, retriesPerSecond = 10, retryBurst = 100 } = options;
    this.#bucket = new TokenBucket({ clock, ratePerSecond: retriesPerSecond, burst: retryBurst });
  }

  /** Keys ready to be handed out. */
  get depth(): number {
    return this.#ready.size;
  }

  /** Keys the queue holds anything about. */
  get tracked(): number {
    const keys = [this.#ready, this.#working, this.#again].flatMap((set) => [...set]);
    return new Set([...keys, ...this.#delayed.keys(), ...this.#backoffs.keys()]).size;
  }

  /** Asks for `key` to be worked on as soon as possible. */
  add(key: string): void {
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      this.#handOut(key);
      waiter(key);
      return;
    }
    this.#ready.add(key);
    this.#changed();
  }

  /** Asks for `key` in `ms` milliseconds; the earliest of several wishes counts. */
  addAfter(key: string, ms: number): void {
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const at = this.#options.clock.monotonic() + ms;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.at <= at) return;
    earlier?.timer[Symbol.dispose]();
    const timer = this.#options.clock.timer(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, timer });
  }

  /**
   * Asks for `key` again after a failure and returns the wait: it grows with
   * each failure of this key, keeps to the limit over all keys, and is within
   * `bounds`.
   */
  retry(key: string, bounds: RetryBounds = {}): number {
    const { initialMs = 100, maxMs = 300_000, random } = this.#options;
    let backoff = this.#backoffs.get(key);
    if (backoff === undefined) {
      backoff = new Backoff({ initialMs, maxMs }, random);
      this.#backoffs.set(key, backoff);
    }
    const { atLeastMs = 0, atMostMs = Number.POSITIVE_INFINITY, canHasten = false } = bounds;
    if (canHasten) this.#hasty.add(key);
    const waitMs = Math.max(Math.min(backoff.next(), atMostMs), this.#bucket.reserve(), atLeastMs);
    this.addAfter(key, waitMs);
    return waitMs;
  }

  /** What retries waited for is over: they come within `spreadMs`, and their waits start from the beginning. */
  hasten(spreadMs: number): void {
    const { random = Math.random } = this.#options;
    for (const key of this.#hasty) {
      this.#backoffs.delete(key);
      if (this.#delayed.has(key)) this.addAfter(key, spreadMs * random());
    }
    this.#hasty.clear();
  }

  /** The next failure of `key` counts as its first. */
  forget(key: string): void {
    this.#backoffs.delete(key);
  }

  /** The next key, waiting for one; it is the caller's until `done`. Rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<string> {
    if (signal.aborted) return Promise.reject(signal.reason);
    for (const key of this.#ready) {
      this.#ready.delete(key);
      this.#handOut(key);
      this.#changed();
      return Promise.resolve(key);
    }
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const waiter = (key: string): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(key);
    };
    const onAbort = (): void => {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      reject(signal.reason);
    };
    this.#waiters.push(waiter);
    signal.addEventListener('abort', onAbort, { once: true });
    return promise;
  }

  /** The work on `key` has ended. */
  done(key: string): void {
    this.#working.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Drops everything that waits, and its timers. */
  clear(): void {
    for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]();
    this.#delayed.clear();
    this.#ready.clear();
    this.#again.clear();
    this.#backoffs.clear();
    this.#hasty.clear();
    this.#changed();
  }

  /** A wish for later is fulfilled by working now: who works decides about the next time. */
  #handOut(key: string): void {
    this.#hasty.delete(key);
    this.#working.add(key);
    this.#delayed.get(key)?.timer[Symbol.dispose]();
    this.#delayed.delete(key);
  }

  #changed(): void {
    this.#options.onDepth?.(this.#ready.size);
  }
}
