import { type Clock, Latest } from '@rackwright/core';
import { isTransient, isUnanswered } from './error.ts';
import { RecoveryPacer } from './recovery-pacer.ts';
import { maxServerWaitMs } from './retry-after.ts';

/** Those who wait do not come back at once, but within this time. */
export const recoverySpreadMs = 500;

/** Questions that may be open at a time, each on a connection of its own. */
const maxProbes = 5;

/** What a `Reachability` needs. */
export interface ReachabilityOptions {
  readonly clock: Clock;
  /** Asks over a new connection whether the server is ready; rejects if it is not, or does not answer. */
  probe(signal: AbortSignal): Promise<void>;
  /** Between two such questions while the server is away, on average. */
  readonly probeIntervalMs: number;
  /** Called when the server cannot be reached any more. */
  onLost(): void;
  /** Called when it can again, with how long it could not. */
  onReached(outageMs: number): void;
  readonly random?: () => number;
}

/** A time without answers. */
interface Outage {
  /** When the first request without an answer was begun. */
  readonly since: number;
  readonly noticedAt: number;
}

/**
 * Whether the API server answers, as every request of one client tells. Who
 * waits because of it waits here: all waits end with the first success. While
 * requests get no answer, and somebody waits, the server is asked about once a
 * second whether it is ready. Nothing is sent while all is well.
 */
export class Reachability implements Disposable {
  /** Counts the times the server was well again. */
  readonly recoveries = new Latest(0);
  readonly #options: ReachabilityOptions;
  readonly #random: () => number;
  readonly #pacer = new RecoveryPacer();
  readonly #closed = new AbortController();
  #outage: Outage | undefined;
  /** When the last outage ended. */
  #reachedAt = Number.NEGATIVE_INFINITY;
  /** The server answered, but with 429 or a failure of its own. */
  #refused = false;
  #telling: Disposable | undefined;
  #asking: Disposable | undefined;
  #waiting = 0;
  #probes = 0;

  constructor(options: ReachabilityOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** A request that was begun at `startedAt` got no answer. */
  lost(startedAt: number): void {
    // What was begun in an outage that is over may fail long after it.
    if (this.#closed.signal.aborted || startedAt < this.#reachedAt) return;
    const now = this.#options.clock.monotonic();
    this.#pacer.failed(now);
    if (this.#outage !== undefined) return;
    this.#outage = { since: startedAt, noticedAt: now };
    this.#options.onLost();
    this.#askSoon();
  }

  /** A request that was begun at `startedAt` was answered with `status`. */
  answered(status: number, startedAt: number): void {
    if (status === 429 || status >= 500) {
      this.#refused = true;
      this.#pacer.failed(this.#options.clock.monotonic());
      return;
    }
    // A server that is starting refuses what it will allow.
    if (status === 401 || status === 403) return;
    if (this.#outage !== undefined && startedAt < this.#outage.noticedAt) return;
    this.#reached();
  }

  /**
   * Waits `ms` before what failed with `error` is tried again; less if the
   * server recovers from what caused it. While the server cannot be reached,
   * waits for that, half a minute at most. Resolves with whether it recovered;
   * rejects with the signal's reason.
   */
  async pause(ms: number, error: unknown, signal?: AbortSignal): Promise<boolean> {
    if (!isTransient(error)) {
      await this.#options.clock.sleep(ms, signal);
      return false;
    }
    const isAway = isUnanswered(error) && this.#outage !== undefined;
    return await this.sleep(isAway ? maxServerWaitMs : ms, signal);
  }

  /** Sleeps for `ms`, less if the server recovers. Resolves with whether it did; rejects with the signal's reason. */
  async sleep(ms: number, signal?: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    using timers = new DisposableStack();
    const onAbort = (): void => reject(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    timers.use(clock.timer(ms, () => resolve(false)));
    timers.use(
      this.recoveries.subscribe(() => {
        timers.use(clock.timer(this.#random() * recoverySpreadMs, () => resolve(true)));
      }),
    );
    this.#waiting += 1;
    this.#askSoon();
    try {
      return await promise;
    } finally {
      this.#waiting -= 1;
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Asks and tells nothing any more; who waits goes on waiting. */
  [Symbol.dispose](): void {
    this.#closed.abort();
    this.#asking?.[Symbol.dispose]();
    this.#telling?.[Symbol.dispose]();
  }

  #reached(): void {
    const { clock, onReached } = this.#options;
    const outage = this.#outage;
    if (this.#closed.signal.aborted || (outage === undefined && !this.#refused)) return;
    this.#outage = undefined;
    this.#refused = false;
    const now = clock.monotonic();
    if (outage !== undefined) {
      this.#reachedAt = now;
      onReached(now - outage.since);
    }
    if (this.#telling !== undefined) return;
    const delayMs = this.#pacer.delayMs(now);
    if (delayMs === 0) this.#tell();
    else this.#telling = clock.timer(delayMs, () => this.#tell());
  }

  #tell(): void {
    this.#telling = undefined;
    // Not well again: its next recovery is told.
    if (this.#outage !== undefined || this.#refused) return;
    this.#pacer.told(this.#options.clock.monotonic());
    this.recoveries.set(this.recoveries.value + 1);
  }

  /** Sees to it that the server is asked after a while, for as long as somebody waits for it. */
  #askSoon(): void {
    if (this.#outage === undefined || this.#waiting === 0 || this.#asking !== undefined) return;
    if (this.#closed.signal.aborted) return;
    const { clock, probeIntervalMs } = this.#options;
    this.#asking = clock.timer(probeIntervalMs * (0.5 + this.#random()), () => {
      this.#asking = undefined;
      void this.#ask();
      this.#askSoon();
    });
  }

  async #ask(): Promise<void> {
    if (this.#outage === undefined || this.#probes >= maxProbes) return;
    this.#probes += 1;
    try {
      await this.#options.probe(this.#closed.signal);
      this.#reached();
    } catch {
      // Not yet: the next question tells.
    } finally {
      this.#probes -= 1;
    }
  }
}
