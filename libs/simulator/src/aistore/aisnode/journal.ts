/** One request of somebody who is no node of the cluster. */
export interface JournalEntry {
  /** From 1 on, without gaps. */
  readonly n: number;
  /** Wall-clock time in milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly status: number;
}

/** So much of a body is kept. */
const bodyKept = 16_384;
/** So many entries are kept. */
const entriesKept = 10_000;

/** The requests a node has answered, in the order of its answers. */
export class Journal {
  readonly #entries: JournalEntry[] = [];
  #count = 0;

  add(entry: Omit<JournalEntry, 'n'>): void {
    this.#count++;
    this.#entries.push({ ...entry, n: this.#count, body: entry.body.slice(0, bodyKept) });
    if (this.#entries.length > entriesKept) this.#entries.shift();
  }

  /** Those after a number. */
  since(n: number): readonly JournalEntry[] {
    return this.#entries.filter((entry) => entry.n > n);
  }
}
