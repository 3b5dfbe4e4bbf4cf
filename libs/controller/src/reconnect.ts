import { Backoff, type Clock } from '@rackwright/core';
import { isGone, isKubeError, isTransient, isUnanswered, maxServerWaitMs } from '@rackwright/kube';

/** A watch that stood this long was healthy, and waits start from the beginning. */
const healthyMs = 5_000;

/** So many refusals in a row without an event, and the version we resume from is given up. */
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
  #wasGone = false;

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
    this.#wasGone = false;
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
   * what the server asks for, which is 30 s too if it asks for more. A version
   * that is too old is replaced by a list at once, the first time. A server that
   * cannot be reached says nothing about the version, so it is kept. Where lists
   * work but watches never do, every try ends in a list: the cache then is half a
   * minute old at most.
   */
  afterError(error: unknown): Recovery {
    this.#settle();
    const isFirstGone = isGone(error) && !this.#wasGone;
    this.#wasGone = isGone(error);
    if (isFirstGone) return { resume: false, cause: 'gone', waitMs: 0 };
    if (!isUnanswered(error)) this.#failures += 1;
    const asked = isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
    return {
      // After all other errors (expired, unreadable event, refused) the version we hold may not be good.
      resume: isTransient(error) && this.#failures < maxResumes,
      cause: isGone(error) ? 'gone' : 'error',
      waitMs: Math.max(this.#backoff.next(), asked),
    };
  }

  /** The server is well again: waits start from the beginning. */
  recovered(): void {
    this.#backoff.reset();
  }

  #settle(): boolean {
    const healthy = this.#openSince !== undefined && this.#clock.monotonic() - this.#openSince >= healthyMs;
    if (healthy) this.#backoff.reset();
    this.#openSince = undefined;
    return healthy;
  }
}
