interface Entry {
  waitMs: number;
  updatedAt: number;
}

/** Waits between the starts of one thing that keeps failing: each twice as long as the one before. */
export class StartBackoff {
  readonly #entries = new Map<string, Entry>();
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #resetMs: number;

  /** @param resetMs a failure this long after the last start begins with the first wait again */
  constructor(options: { readonly initialMs: number; readonly maxMs: number; readonly resetMs: number }) {
    this.#initialMs = options.initialMs;
    this.#maxMs = options.maxMs;
    this.#resetMs = options.resetMs;
  }

  /** The wait after a failure at `failedAt`, and what is left of it; undefined when it is over. */
  pending(key: string, failedAt: number, now: number): { waitMs: number; leftMs: number } | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#isOld(entry, failedAt)) return undefined;
    const leftMs = failedAt + entry.waitMs - now;
    return leftMs > 0 ? { waitMs: entry.waitMs, leftMs } : undefined;
  }

  /** Notes a new try after a failure at `failedAt`. */
  next(key: string, failedAt: number, now: number): void {
    const entry = this.#entries.get(key);
    const waitMs =
      entry === undefined || this.#isOld(entry, failedAt)
        ? this.#initialMs
        : Math.min(entry.waitMs * 2, this.#maxMs);
    this.#entries.set(key, { waitMs, updatedAt: now });
  }

  /** Forgets a thing that works or has gone. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  #isOld(entry: Entry, failedAt: number): boolean {
    return failedAt - entry.updatedAt > this.#resetMs;
  }
}
