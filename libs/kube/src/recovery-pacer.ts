/** A failure this soon after a recovery says that there was none. */
const stableMs = 5_000;

const firstHoldMs = 3_000;
const longestHoldMs = 30_000;

/**
 * Keeps recoveries that do not last apart from one another: from 3 to 30 s,
 * growing. Without it a server that answers some requests and fails others
 * would be asked for the failing ones again and again. Times are monotonic, in
 * milliseconds.
 */
export class RecoveryPacer {
  #toldAt = Number.NEGATIVE_INFINITY;
  #failedAt: number | undefined;
  #holdMs = 0;

  /** Only the first failure after a recovery counts. */
  failed(now: number): void {
    this.#failedAt ??= now;
  }

  /** How long a recovery that is noticed now is kept to ourselves. */
  delayMs(now: number): number {
    const vain = this.#failedAt !== undefined && this.#failedAt - this.#toldAt < stableMs;
    this.#holdMs = vain ? Math.min(longestHoldMs, Math.max(firstHoldMs, 2 * this.#holdMs)) : 0;
    return Math.max(0, this.#toldAt + this.#holdMs - now);
  }

  told(now: number): void {
    this.#toldAt = now;
    this.#failedAt = undefined;
  }
}
