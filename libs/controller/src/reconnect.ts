import { Backoff, type Clock } from '@rackwright/core';
import { isGone, isTransient, KubeError, maxServerWaitMs } from '@rackwright/kube';

/** A watch that stood this long was healthy, and waits start from the beginning. */
const healthyMs = 5_000;

/** So many failures in a row without an event, and the version we resume from is given up. */
const maxResumes = 5;

/** What to do after a watch failed. */
export interface Recovery {
  /** True: watch again from the last version; false: list first. */
  readonly resume: boolean;
  readonly cause: 'gone' | 'error';
  readonly waitMs: number;
}

/** Decides when, and from where, a watch that ended is opened again. */
export class Reconnect {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #random: () => number;
  #openSince: number | undefined;
  #failures = 0;

  constructor(clock: Clock, random: () => number = Math.random) {
    this.#clock = clock;
    this.#random = random;
    this.#backoff = new Backoff({ initialMs: 500, maxMs: maxServerWaitMs, jitter: 0.5 }, random);
  }

  /** A watch is being opened. */
  opening(): void {
    this.#openSince = undefined;
  }

  /** The server accepted the watch. */
  opened(): void {
    this.#openSince = this.#clock.monotonic();
  }

  /** An event or bookmark arrived. */
  progressed(): void {
    this.#failures = 0;
  }

  /**
   * Milliseconds to wait after the server ended a watch in good order. It may do
   * so at any time, so these waits never grow: up to half a second, drawn at
   * random so that thousands of watches do not come back at once; about a second
   * after a watch that was over at once.
   */
  afterClose(): number {
    const healthy = this.#settle();
    this.#failures = 0;
    return Math.round((healthy ? 0 : 500) + 500 * this.#random());
  }

  /**
   * What to do after `error`. The wait grows from 0.5 s to 30 s, and is at least
   * what the server asks for, which is 30 s too if it asks for more. Where lists work but watches never do, every try
   * ends in a list: the cache then is half a minute old at most.
   */
  afterError(error: unknown): Recovery {
    this.#settle();
    this.#failures += 1;
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
    return {
      // After all other errors (expired, unreadable event, refused) the version we hold may not be good.
      resume: isTransient(error) && this.#failures < maxResumes,
      cause: isGone(error) ? 'gone' : 'error',
      waitMs: Math.max(this.#backoff.next(), asked),
    };
  }

  #settle(): boolean {
    const healthy = this.#openSince !== undefined && this.#clock.monotonic() - this.#openSince >= healthyMs;
    if (healthy) this.#backoff.reset();
    this.#openSince = undefined;
    return healthy;
  }
}
