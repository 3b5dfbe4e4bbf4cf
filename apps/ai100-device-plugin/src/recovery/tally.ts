/** How often one thing ended in one way. */
export interface Counted {
  readonly what: string;
  readonly result: string;
  readonly count: number;
}

/** Counts what happens by two words. */
export class Tally {
  readonly #counts = new Map<string, Counted>();

  /** In the order in which they first happened. */
  get counts(): readonly Counted[] {
    return [...this.#counts.values()];
  }

  add(what: string, result: string): void {
    const key = `${what}\n${result}`;
    const count = (this.#counts.get(key)?.count ?? 0) + 1;
    this.#counts.set(key, { what, result, count });
  }
}
