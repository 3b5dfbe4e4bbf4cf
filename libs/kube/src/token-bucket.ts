import type { Clock } from '@rackwright/core';

/** How a `TokenBucket` fills. */
export interface TokenBucketOptions {
  readonly clock: Clock;
  /** Tokens that come back per second. */
  readonly ratePerSecond: number;
  /** Tokens in a full bucket. */
  readonly burst: number;
}

/** Lets `burst` things through at once and `ratePerSecond` in the long run. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  #tokens: number;
  #at: number;

  constructor(options: TokenBucketOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#at = options.clock.monotonic();
  }

  /** Takes one token, on credit if need be, and returns the milliseconds to wait before using it. */
  reserve(): number {
    const { clock, ratePerSecond, burst } = this.#options;
    const now = clock.monotonic();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) / 1000) * ratePerSecond);
    this.#at = now;
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / ratePerSecond) * 1000);
  }
}
