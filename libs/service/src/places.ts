/** How many connections a server has room for. */
export interface ConnectionLimits {
  /** Above so many, connections that do nothing useful make room for new ones. */
  readonly places: number;
  /** So many are never exceeded. */
  readonly most: number;
  /** How long a connection may take to ask or to take its answer while places are short, in milliseconds. */
  readonly stallTimeoutMs: number;
}

/**
 * What a connection is there for.
 * - `idle`: its requests are answered.
 * - `silent`: no request of it was heard in full yet.
 * - `taking`: its answer is complete and not yet taken by the client.
 * - `working`: its answer is being made.
 * - `probe`: the kubelet asks whether the app lives.
 */
export type ConnectionUse = 'idle' | 'silent' | 'taking' | 'working' | 'probe';

/**
 * In what order uses are given up: for lack of places after `stallTimeoutMs`, and
 * at the very limit at once. There the silent come last, for a probe that was
 * not read yet is one of them.
 */
const uselessFirst = ['silent', 'taking'] as const;
const atTheLimit = ['taking', 'working', 'silent'] as const;

/**
 * The connections of a server by what they are there for. Whoever comes is let
 * in, for only what it asks tells whether it is a probe; room is made by those
 * that are of the least use, the one that is longest so first. A probe that is
 * being answered is never given up.
 */
export class Places<T> {
  readonly #limits: ConnectionLimits;
  /** When each entered its use, by use; the oldest first. */
  readonly #uses: Readonly<Record<ConnectionUse, Map<T, number>>> = {
    idle: new Map(),
    silent: new Map(),
    taking: new Map(),
    working: new Map(),
    probe: new Map(),
  };
  readonly #where = new Map<T, ConnectionUse>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#where.size;
  }

  /** What the connection is there for; undefined if it is not known. */
  use(connection: T): ConnectionUse | undefined {
    return this.#where.get(connection);
  }

  /** Lets a connection in; returns those that have to go for it, itself if there is no other. */
  admit(connection: T, now: number): readonly T[] {
    this.enter(connection, 'silent', now);
    const victims: T[] = [];
    while (this.size > this.#limits.places) {
      const victim = this.#victim(now);
      if (victim === undefined) break;
      this.leave(victim);
      victims.push(victim);
    }
    return victims;
  }

  /** Notes what a connection is there for from now on. */
  enter(connection: T, use: ConnectionUse, now: number): void {
    this.leave(connection);
    this.#where.set(connection, use);
    this.#uses[use].set(connection, now);
  }

  leave(connection: T): void {
    const use = this.#where.get(connection);
    if (use === undefined) return;
    this.#where.delete(connection);
    this.#uses[use].delete(connection);
  }

  #victim(now: number): T | undefined {
    const idle = this.#oldest('idle', now);
    if (idle !== undefined) return idle;
    const before = now - this.#limits.stallTimeoutMs;
    const useless = firstOf(uselessFirst, (use) => this.#oldest(use, before));
    if (useless !== undefined || this.size <= this.#limits.most) return useless;
    return firstOf(atTheLimit, (use) => this.#oldest(use, now));
  }

  /** The connection that is longest of that use, if it was at that time already. */
  #oldest(use: ConnectionUse, at: number): T | undefined {
    const [first] = this.#uses[use];
    return first !== undefined && first[1] <= at ? first[0] : undefined;
  }
}

function firstOf<K, T>(keys: readonly K[], look: (key: K) => T | undefined): T | undefined {
  for (const key of keys) {
    const found = look(key);
    if (found !== undefined) return found;
  }
  return undefined;
}
