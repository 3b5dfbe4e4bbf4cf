import { type Clock, elapsedSince, type Moment } from '@rackwright/core';
import { leadershipLost, type WriteFence } from '@rackwright/kube';

/** What a `LeaderTerm` needs. */
export interface LeaderTermOptions {
  readonly clock: Clock;
  /** Leadership is lost when it was not renewed for this long. */
  readonly renewDeadlineMs: number;
  /** Start of the request that acquired the lease. */
  readonly renewedAt: Moment;
  /** Called once when leadership is lost, not when the term is closed. */
  onLost(): void;
}

/**
 * One time in office of a leader. It is over when the last renewal is too old,
 * and whoever notices first ends it: the timer, or, in a process that was
 * stopped for a while, the first write that wants to go out.
 */
export class LeaderTerm implements WriteFence {
  readonly #options: LeaderTermOptions;
  readonly #abort = new AbortController();
  #renewedAt: Moment;
  #lost = false;

  constructor(options: LeaderTermOptions) {
    this.#options = options;
    this.#renewedAt = options.renewedAt;
  }

  /** Aborts when the term is over. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isLost(): boolean {
    return this.#lost;
  }

  /** Milliseconds until leadership is lost unless it is renewed. */
  get leftMs(): number {
    const { clock, renewDeadlineMs } = this.#options;
    return Math.max(0, renewDeadlineMs - elapsedSince(clock, this.#renewedAt));
  }

  /** @param startedAt when the request that renewed the lease was begun */
  renewed(startedAt: Moment): void {
    this.#renewedAt = startedAt;
  }

  /** Whether the request that renewed the lease last was begun after `moment`. */
  renewedSince(moment: Moment): boolean {
    return this.#renewedAt.monotonic >= moment.monotonic;
  }

  /** Whether this replica leads at this moment; ends the term if the last renewal is too old. */
  holds(): boolean {
    if (this.leftMs <= 0) this.lose();
    return !this.signal.aborted;
  }

  check(): void {
    if (!this.holds()) throw leadershipLost();
  }

  lose(): void {
    if (this.signal.aborted) return;
    this.#lost = true;
    this.#abort.abort(leadershipLost());
    this.#options.onLost();
  }

  /** Ends the term in good order: from now on nothing is written. */
  close(): void {
    if (!this.signal.aborted) this.#abort.abort(leadershipLost());
  }
}

/** The fence of whatever term there is; between two of them nothing passes. */
export function currentTermFence(current: () => LeaderTerm | undefined): WriteFence {
  return {
    get signal() {
      return current()?.signal ?? AbortSignal.abort(leadershipLost());
    },
    check: () => {
      const term = current();
      if (term === undefined) throw leadershipLost();
      term.check();
    },
  };
}
