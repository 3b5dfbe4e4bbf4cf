import type { CertificateFacts } from '@rackwright/web';
import {
  type CertificateAction,
  type CertificateSnapshot,
  type CertificateTimes,
  nextCertificateAction,
  wantedTrust,
} from '../plan.ts';
import { Sightings } from '../seen-since.ts';

/** Short lives, so that a story of minutes sees many of them. */
export const times: CertificateTimes = {
  caLifetimeMs: 120_000,
  lifetimeMs: 40_000,
  settleMs: 4000,
  retireMs: 12_000,
};
/** API servers act on what configurations said so long ago. */
const lagMs = 1500;
const names = ['a.svc'];

interface Replica {
  sightings: Sightings;
  served: CertificateFacts | undefined;
  /** A step that was decided and is still under way. */
  pending: { readonly snapshot: CertificateSnapshot; readonly versions: Versions } | undefined;
  lastMs: number;
}

interface Versions {
  readonly authority: number;
  readonly certificate: number;
  readonly bundle: number;
}

export type Happening = {
  /** A whole step, the first half of one, the second half, or a new process. */
  readonly kind: 'act' | 'look' | 'finish' | 'restart';
  readonly replica: number;
};

/** Secrets, a configuration, API servers that lag behind it, and replicas: a model of what is real elsewhere. */
export class CertificateWorld {
  authoritiesMade = 0;
  #nowMs = 1_000_000;
  #made = 0;
  #versions = { authority: 0, certificate: 0, bundle: 0 };
  #authority: CertificateFacts | undefined;
  #next: CertificateFacts | undefined;
  #stored: CertificateFacts | undefined;
  #bundle: readonly CertificateFacts[] | undefined;
  /** What the configuration said, and from when on. */
  readonly #history: { readonly fromMs: number; readonly bundle: readonly CertificateFacts[] | undefined }[] =
    [{ fromMs: 0, bundle: undefined }];
  readonly #replicas: Replica[];

  constructor(replicas: number) {
    this.#replicas = Array.from({ length: replicas }, () => this.#newReplica());
  }

  /** Time goes on; no replica is idle, or hangs in a call, for longer than half of what it takes to settle. */
  wait(ms: number): void {
    this.#nowMs += ms;
    for (const [i, replica] of this.#replicas.entries()) {
      if (this.#nowMs - replica.lastMs < times.settleMs / 2) continue;
      this.#finish(i);
      for (let step = 0; step < 8; step++) this.#act(i);
    }
  }

  happen({ kind, replica }: Happening): void {
    if (kind === 'act') this.#act(replica);
    if (kind === 'look') this.#look(replica);
    if (kind === 'finish') this.#finish(replica);
    if (kind === 'restart') {
      this.#replicas[replica] = this.#newReplica();
      // A new replica gets no requests before it serves.
      for (let step = 0; step < 8; step++) this.#act(replica);
    }
  }

  /** Once API servers ask; before that nobody is hurt. */
  empty(what: 'authority' | 'certificate'): void {
    if (this.#bundle === undefined) return;
    this.#versions = { ...this.#versions, [what]: this.#versions[what] + 1 };
    if (what === 'certificate') this.#stored = undefined;
    else this.#authority = this.#next = undefined;
  }

  /** @throws Error saying why a request would fail now */
  check(): void {
    const failure = this.#failure();
    if (failure !== undefined) throw new Error(failure);
  }

  #failure(): string | undefined {
    for (const bundle of this.#seenByApiServers()) {
      if (bundle === undefined) continue;
      for (const [i, { served }] of this.#replicas.entries()) {
        if (served === undefined) continue;
        if (served.notAfterMs <= this.#nowMs) return `replica ${i} serves what has expired`;
        const isTrusted = bundle.some(
          ({ id, notAfterMs }) => served.issuers.includes(id) && notAfterMs > this.#nowMs,
        );
        if (!isTrusted)
          return `replica ${i} serves ${served.id} of ${served.issuers}, trusted ${bundle.map(({ id }) => id)}`;
      }
    }
    return undefined;
  }

  pendingActions(): (CertificateAction | undefined)[] {
    return this.#replicas.map((replica) => nextCertificateAction(this.#snapshot(replica), times));
  }

  #newReplica(): Replica {
    return { sightings: new Sightings(), served: undefined, pending: undefined, lastMs: this.#nowMs };
  }

  /** Everything that some API server may still act on. */
  #seenByApiServers(): (readonly CertificateFacts[] | undefined)[] {
    const current = this.#history.filter((_, i) => {
      const until = this.#history[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
      return until > this.#nowMs - lagMs;
    });
    return current.map(({ bundle }) => bundle);
  }

  #act(i: number): void {
    this.#look(i);
    this.#finish(i);
  }

  #look(i: number): void {
    const replica = this.#replicas[i];
    if (replica === undefined || replica.pending !== undefined) return;
    replica.pending = { snapshot: this.#snapshot(replica), versions: this.#versions };
    replica.lastMs = this.#nowMs;
  }

  #snapshot({ sightings, served }: Replica): CertificateSnapshot {
    const seen = { nowMs: this.#nowMs, trusted: this.#bundle, stored: this.#stored };
    return {
      ...{ ...seen, authority: this.#authority, nextAuthority: this.#next, served, names },
      ...sightings.note(seen),
    };
  }

  #finish(i: number): void {
    const replica = this.#replicas[i];
    if (replica?.pending === undefined) return;
    const { snapshot, versions } = replica.pending;
    replica.pending = undefined;
    const next = nextCertificateAction(snapshot, times);
    if (next === undefined) {
      if (snapshot.served !== undefined && snapshot.trusted === undefined)
        this.#trust(wantedTrust(snapshot, times), snapshot, versions);
    } else if (next.action === 'serve') replica.served = snapshot.stored;
    else if (next.action === 'trust') this.#trust(next.ids, snapshot, versions);
    else if (next.action === 'make certificate') this.#store(snapshot, versions);
    else this.#changeAuthority(next.action, versions);
  }

  #trust(ids: readonly string[], snapshot: CertificateSnapshot, versions: Versions): void {
    if (versions.bundle !== this.#versions.bundle) return;
    const { authority, nextAuthority, trusted = [] } = snapshot;
    const known = [authority, nextAuthority].flatMap((one) => one ?? []).concat(trusted);
    this.#bundle = ids.flatMap((id) => known.find((one) => one.id === id) ?? []);
    this.#versions = { ...this.#versions, bundle: versions.bundle + 1 };
    this.#history.push({ fromMs: this.#nowMs, bundle: this.#bundle });
  }

  #store({ authority }: CertificateSnapshot, versions: Versions): void {
    if (versions.certificate !== this.#versions.certificate || authority === undefined) return;
    const made = this.#make('leaf', times.lifetimeMs, [authority.id]);
    this.#stored = { ...made, notAfterMs: Math.min(made.notAfterMs, authority.notAfterMs) };
    this.#versions = { ...this.#versions, certificate: versions.certificate + 1 };
  }

  #changeAuthority(action: CertificateAction['action'], versions: Versions): void {
    if (versions.authority !== this.#versions.authority) return;
    this.#versions = { ...this.#versions, authority: versions.authority + 1 };
    if (action === 'promote next authority') {
      this.#authority = this.#next;
      this.#next = undefined;
      return;
    }
    this.authoritiesMade += 1;
    const made = this.#make('ca', times.caLifetimeMs, []);
    if (action === 'make authority') this.#authority = made;
    else this.#next = made;
  }

  #make(kind: string, lifetimeMs: number, issuers: readonly string[]): CertificateFacts {
    this.#made += 1;
    const notBeforeMs = this.#nowMs - 1000;
    return { id: `${kind}-${this.#made}`, notBeforeMs, notAfterMs: this.#nowMs + lifetimeMs, names, issuers };
  }
}
