import { ManualClock, silentLogger } from '@rackwright/core';
import { KubeError, type KubeObject } from '@rackwright/kube';
import type { ActiveState } from '@rackwright/manager';
import { activeStateOf } from '../claim/active-state.ts';
import { Claims } from '../claim/claims.ts';
import { claimOf, formatClaim, type Installation, isSame } from '../claim/installation.ts';
import { claimedDrivers } from '../cxidriver/claimed-drivers.ts';

/** Lets others go first: a test decides who. */
export type Step = () => Promise<void>;

type Drivers = ReadonlyMap<string, KubeObject>;

/** The CXIDrivers and accounts of a cluster, with every state they went through. */
export class ClaimWorld {
  readonly history: Drivers[] = [new Map()];
  readonly accounts = new Set<string>();
  /** Who is writing for a CXIDriver just now: installation → uid. */
  readonly writing = new Map<ClaimOperator, string>();
  readonly clock = new ManualClock();
  #version = 0;

  get drivers(): Drivers {
    return this.history.at(-1) ?? new Map();
  }

  create(name: string): void {
    if (this.drivers.has(name)) return;
    this.#store(name, { name, uid: `uid-${this.#version}` });
  }

  delete(name: string): void {
    const rest = new Map(this.drivers);
    if (rest.delete(name)) this.history.push(rest);
  }

  patch(name: string, { metadata }: { metadata: NonNullable<KubeObject['metadata']> }): void {
    const stored = this.drivers.get(name)?.metadata;
    if (stored === undefined) throw new KubeError('NotFound', 'gone', { status: 404, reason: 'NotFound' });
    if (stored.resourceVersion !== metadata.resourceVersion || stored.uid !== metadata.uid)
      throw new KubeError('Conflict', 'changed', { status: 409, reason: 'Conflict' });
    const merged = { ...stored.annotations, ...metadata.annotations };
    const annotations = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
    this.#store(name, { ...stored, annotations });
  }

  #store(name: string, metadata: NonNullable<KubeObject['metadata']>): void {
    this.#version += 1;
    const object = { metadata: { ...metadata, resourceVersion: String(this.#version) } };
    this.history.push(new Map(this.drivers).set(name, object));
  }
}

/** An operator on that cluster: its caches may lag, and each of its requests takes a step there and a step back. */
export class ClaimOperator {
  readonly world: ClaimWorld;
  /** How often it wrote for a CXIDriver. */
  writes = 0;
  #self: Installation;
  #claims: Claims;
  readonly #step: Step;
  /** State of the cluster its caches show. */
  #seen = 0;

  constructor(world: ClaimWorld, name: string, step: Step) {
    this.world = world;
    this.#step = step;
    this.#self = { namespace: name, name: 'operator', uid: '0' };
    this.#claims = this.#makeClaims();
    world.accounts.add(formatClaim(this.#self));
  }

  get installed(): boolean {
    return this.world.accounts.has(formatClaim(this.#self));
  }

  /** The account is deleted; what it still sends is refused. */
  uninstall(): void {
    this.world.accounts.delete(formatClaim(this.#self));
    this.world.writing.delete(this);
  }

  /** Installed anew, or the process starts anew. */
  restart(): void {
    if (!this.installed) this.#self = { ...this.#self, uid: String(Number(this.#self.uid) + 1) };
    this.world.accounts.add(formatClaim(this.#self));
    this.world.writing.delete(this);
    this.#claims = this.#makeClaims();
  }

  activeState(): ActiveState {
    const { held } = this.#claims;
    const drivers = [...this.#view().values()];
    return activeStateOf({
      kind: claimedDrivers,
      self: this.#self,
      objects: drivers,
      daemonSets: [],
      held,
      stateOf: this.#stateOf,
    });
  }

  /** Looks at everything with caches that may be `lag` changes behind, and does what it may. */
  async reconcile(lag: number): Promise<void> {
    this.#seen = Math.max(this.#seen, this.world.history.length - 1 - lag);
    const { signal } = new AbortController();
    for (const driver of this.#view().values()) {
      if (!this.activeState().acts || !this.installed) return;
      const claims = this.#claims;
      const admitted = await claims.admit(driver, signal).catch((error: KubeError) => {
        if (error.status !== 409 && error.status !== 401) throw error;
        return false;
      });
      if (admitted && this.installed && claims === this.#claims) await this.#write(driver);
    }
  }

  /** Writes for a driver; at no moment may two installations do so. */
  async #write({ metadata = {} }: KubeObject): Promise<void> {
    const { writing, drivers } = this.world;
    const { name = '', uid = '' } = metadata;
    if (drivers.get(name)?.metadata?.uid !== uid) return;
    writing.set(this, uid);
    this.writes += 1;
    const stored = new Set([...drivers.values()].map((driver) => driver.metadata?.uid));
    const writers = [...writing].filter(([, of]) => stored.has(of));
    if (writers.length > 1) throw new Error('two installations write');
    await this.#step();
    writing.delete(this);
  }

  #view(): Drivers {
    return this.world.history[this.#seen] ?? new Map();
  }

  readonly #stateOf = (other: Installation) =>
    this.world.accounts.has(formatClaim(other)) ? ('there' as const) : ('gone' as const);

  #makeClaims(): Claims {
    const request = async <T>(answer: () => T): Promise<T> => {
      await this.#step();
      if (!this.installed)
        throw new KubeError('Forbidden', 'no account', { status: 401, reason: 'Unauthorized' });
      const result = answer();
      await this.#step();
      return result;
    };
    const client = {
      list: () => request(() => ({ items: [...this.world.drivers.values()], resourceVersion: '' })),
      patch: (_: unknown, { name }: { name: string }, patch: Parameters<ClaimWorld['patch']>[1]) =>
        request(() => this.world.patch(name, patch)),
    };
    return new Claims({
      kind: claimedDrivers,
      ...{ self: this.#self, client: client as never, logger: silentLogger },
      accounts: { look: (other) => request(() => this.#stateOf(other)) },
      events: { emit: () => undefined },
    });
  }

  /** Whether each CXIDriver carries its claim. */
  holdsAll(): boolean {
    return [...this.world.drivers.values()].every((driver) => {
      const claim = claimOf(driver);
      return claim !== undefined && isSame(claim, this.#self) && claim.uid === this.#self.uid;
    });
  }
}
