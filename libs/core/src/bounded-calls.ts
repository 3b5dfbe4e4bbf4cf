import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { HwError } from './errors.ts';

/** How long a call may take, and how many may hang. */
export interface BoundedCallsOptions {
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** Each call that hangs in the kernel keeps a thread of libuv's pool, which has four. Default 2. */
  readonly maxHanging?: number;
}

/**
 * Calls into the kernel that may never return, such as those to a file system
 * or a disk that hangs. Who waits is told at the deadline; what still hangs is
 * not called again before it has answered.
 */
export class BoundedCalls {
  readonly #options: BoundedCallsOptions;
  readonly #open = new Set<string>();
  #late = 0;

  constructor(options: BoundedCallsOptions) {
    this.#options = options;
  }

  /** Calls whose deadline is over and that have not returned. */
  get hanging(): number {
    return this.#late;
  }

  /**
   * @param what names the call in errors; there is one of each at a time
   * @param deadlineMs another time limit than that of all calls
   * @throws HwError DeadlineExceeded if it takes too long, Unavailable while an
   *   earlier one, or too many others, have not returned
   */
  async run<T>(
    what: string,
    call: () => Promise<T>,
    signal?: AbortSignal,
    deadlineMs = this.#options.deadlineMs,
  ): Promise<T> {
    const { clock, maxHanging = 2 } = this.#options;
    if (this.#open.has(what)) throw new HwError('Unavailable', `${what} has not answered yet`);
    if (this.#late >= maxHanging)
      throw new HwError('Unavailable', `${what} is not asked: ${this.#late} others hang`);
    this.#open.add(what);
    let isLate = false;
    const answer = call().finally(() => {
      this.#open.delete(what);
      if (isLate) this.#late -= 1;
    });
    try {
      return await withDeadline(clock, deadlineMs, what, () => answer, signal);
    } catch (error) {
      if (this.#open.has(what)) {
        isLate = true;
        this.#late += 1;
        // Nobody waits for what it ends with.
        answer.catch(() => undefined);
      }
      throw error;
    }
  }
}
