import type { CertificateSnapshot } from './plan.ts';

/** What a replica remembers between two looks. */
export type SeenSince = Pick<CertificateSnapshot, 'trustedSinceMs' | 'storedSinceMs'>;

/** Since when things are as they are, as far as this replica has seen. */
export class Sightings {
  readonly #trusted = new Map<string, number>();
  #stored: { readonly id: string | undefined; readonly sinceMs: number } = { id: undefined, sinceMs: 0 };

  /** Takes a look into account. */
  note({
    nowMs,
    trusted = [],
    stored,
  }: Pick<CertificateSnapshot, 'nowMs' | 'trusted' | 'stored'>): SeenSince {
    const ids = trusted.map(({ id }) => id);
    for (const id of this.#trusted.keys()) if (!ids.includes(id)) this.#trusted.delete(id);
    for (const id of ids) if (!this.#trusted.has(id)) this.#trusted.set(id, nowMs);
    if (this.#stored.id !== stored?.id) this.#stored = { id: stored?.id, sinceMs: nowMs };
    return { trustedSinceMs: new Map(this.#trusted), storedSinceMs: this.#stored.sinceMs };
  }
}
