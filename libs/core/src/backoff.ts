/** How waits between tries grow. All times in milliseconds. */
export interface BackoffOptions {
  /** First wait. */
  readonly initialMs: number;
  /** No wait is longer, jitter included. */
  readonly maxMs: number;
  /** Growth from one wait to the next; default 2. */
  readonly factor?: number;
  /** Share of each wait that is random, 0 to 1; default 0.2. */
  readonly jitter?: number;
}

/** Exponential waits with jitter, one instance per thing that is retried. */
export class Backoff {
  readonly #options: Required<BackoffOptions>;
  readonly #random: () => number;
  #attempts = 0;

  /** @param random uniform numbers in [0, 1), replaceable in tests */
  constructor(options: BackoffOptions, random: () => number = Math.random) {
    this.#options = { factor: 2, jitter: 0.2, ...options };
    this.#random = random;
  }

  /** How many waits were handed out since the last reset. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The next wait in milliseconds. */
  next(): number {
    const { initialMs, maxMs, factor, jitter } = this.#options;
    const base = Math.min(maxMs, initialMs * factor ** Math.min(this.#attempts, 64));
    this.#attempts += 1;
    return Math.round(base * (1 - jitter * this.#random()));
  }

  /** Starts again from `initialMs`; call it after a stable success. */
  reset(): void {
    this.#attempts = 0;
  }
}
