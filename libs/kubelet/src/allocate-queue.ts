import { type Clock, Mutex, withDeadline } from '@rackwright/core';

/** One Allocate call that waits for its turn. */
export interface QueuedAllocate<T> {
  /** Names the call in errors. */
  readonly what: string;
  /** Time limit in milliseconds, the wait for its turn counted in. */
  readonly timeoutMs: number;
  /** Aborts when the kubelet gives up. */
  readonly signal: AbortSignal;
  readonly work: (signal: AbortSignal) => Promise<T>;
}

/**
 * Runs the Allocate calls of all resources of a process one after the other, for
 * two resources may stand for the same hardware: what one call checks must still
 * be so when it allocates. A call that was given up before its turn does nothing.
 * One that ignores its signal keeps its turn until it ends, though its caller
 * is answered in time.
 */
export class AllocateQueue {
  readonly #clock: Clock;
  readonly #mutex = new Mutex();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws HwError DeadlineExceeded, what `signal` was aborted with, or what the work throws */
  run<T>({ what, timeoutMs, signal: parent, work }: QueuedAllocate<T>): Promise<T> {
    const inTurn = (signal: AbortSignal): Promise<T> =>
      this.#mutex.run(async () => {
        signal.throwIfAborted();
        return work(signal);
      });
    return withDeadline(this.#clock, timeoutMs, what, inTurn, parent);
  }
}
