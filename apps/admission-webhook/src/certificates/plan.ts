import type { CertificateFacts } from '@rackwright/web';

/** How long certificates live and how long changes take to be seen, in milliseconds. */
export interface CertificateTimes {
  readonly caLifetimeMs: number;
  readonly lifetimeMs: number;
  /** Until every API server has seen a new authority, and every replica a new certificate. */
  readonly settleMs: number;
  /** How long authorities that are no longer used go on being trusted. */
  readonly retireMs: number;
}

/** What there is, at one moment, as one replica sees it. */
export interface CertificateSnapshot {
  readonly nowMs: number;
  /** The authority that signs, and the one that will; undefined for none that can be used. */
  readonly authority: CertificateFacts | undefined;
  readonly nextAuthority: CertificateFacts | undefined;
  /** The serving certificate in the Secret. */
  readonly stored: CertificateFacts | undefined;
  /** Since when this replica has seen that certificate there. */
  readonly storedSinceMs: number;
  /** What this replica serves. */
  readonly served: CertificateFacts | undefined;
  /** DNS names the serving certificate must have. */
  readonly names: readonly string[];
  /** What API servers trust; undefined while they are told to ask nobody. */
  readonly trusted: readonly CertificateFacts[] | undefined;
  /** Since when this replica has seen each trusted authority, by id. */
  readonly trustedSinceMs: ReadonlyMap<string, number>;
}

/** The next thing to do; undefined when all is well. */
export type CertificateAction =
  | { readonly action: 'make authority' }
  | { readonly action: 'make next authority' }
  | { readonly action: 'promote next authority' }
  | { readonly action: 'trust'; readonly ids: readonly string[] }
  | { readonly action: 'make certificate' }
  | { readonly action: 'serve' };

/** Most authorities that are trusted at a time. */
const maxTrusted = 8;

/**
 * One step towards certificates that are valid and trusted. Whoever follows it
 * step by step, several replicas at once too, never serves what no API server
 * trusts: an authority is trusted before it signs, for long enough that
 * everybody has seen it, and until what it signed is out of use.
 */
export function nextCertificateAction(
  snapshot: CertificateSnapshot,
  times: CertificateTimes,
): CertificateAction | undefined {
  return (
    authorityAction(snapshot, times) ??
    trustAction(snapshot, times) ??
    promotion(snapshot, times) ??
    certificateAction(snapshot, times) ??
    servingAction(snapshot, times)
  );
}

/** The same for certificates that somebody else makes: they are trusted, and then served. */
export function nextGivenCertificateAction(
  snapshot: CertificateSnapshot,
  times: CertificateTimes,
): Extract<CertificateAction, { action: 'trust' | 'serve' }> | undefined {
  return trustAction(snapshot, times) ?? servingAction(snapshot, times);
}

function authorityAction(
  { nowMs, authority, nextAuthority }: CertificateSnapshot,
  times: CertificateTimes,
): CertificateAction | undefined {
  if (!isValid(authority, nowMs))
    return { action: isValid(nextAuthority, nowMs) ? 'promote next authority' : 'make authority' };
  const due = isDue(authority, times.caLifetimeMs, nowMs);
  return due && !isValid(nextAuthority, nowMs) ? { action: 'make next authority' } : undefined;
}

/** What is wanted comes to what is trusted before anything is taken away from it. */
function trustAction(
  snapshot: CertificateSnapshot,
  times: CertificateTimes,
): Extract<CertificateAction, { action: 'trust' }> | undefined {
  const { trusted } = snapshot;
  if (trusted === undefined) return undefined;
  const ids = wantedTrust(snapshot, times);
  const current = trusted.map(({ id }) => id);
  return isSameSet(ids, current) ? undefined : { action: 'trust', ids };
}

/** Ids of the authorities that are to be trusted. */
export function wantedTrust(snapshot: CertificateSnapshot, times: CertificateTimes): string[] {
  const { nowMs, authority, nextAuthority, trusted = [] } = snapshot;
  const own = [authority, nextAuthority].flatMap((one) => (isValid(one, nowMs) ? [one] : []));
  const others = trusted.filter(({ id }) => own.every((one) => one.id !== id));
  const kept = othersInUse(snapshot, times) ? others.filter((other) => isValid(other, nowMs)) : [];
  kept.sort((a, b) => b.notBeforeMs - a.notBeforeMs);
  return [...own, ...kept].slice(0, maxTrusted).map(({ id }) => id);
}

/** Whether somebody may still serve what another authority than the present one signed. */
function othersInUse(
  { nowMs, authority, stored, storedSinceMs }: CertificateSnapshot,
  times: CertificateTimes,
): boolean {
  if (authority === undefined || stored === undefined || !stored.issuers.includes(authority.id)) return true;
  return nowMs < storedSinceMs + times.retireMs;
}

function promotion(snapshot: CertificateSnapshot, times: CertificateTimes): CertificateAction | undefined {
  const { nextAuthority } = snapshot;
  const ready = nextAuthority !== undefined && isSettled(nextAuthority.id, snapshot, times);
  return ready ? { action: 'promote next authority' } : undefined;
}

function certificateAction(
  snapshot: CertificateSnapshot,
  times: CertificateTimes,
): CertificateAction | undefined {
  const { nowMs, authority, stored, names } = snapshot;
  if (authority === undefined) return undefined;
  const isFit = stored !== undefined && names.every((name) => stored.names.includes(name));
  if (!isFit || !isValid(stored, nowMs)) return { action: 'make certificate' };
  // One of an authority that ends no later would be due at once again.
  const lasts = authority.notAfterMs > stored.notAfterMs;
  if (lasts && isDue(stored, times.lifetimeMs, nowMs)) return { action: 'make certificate' };
  // What works is replaced when everybody trusts the authority of the next.
  const isOfOther = !stored.issuers.includes(authority.id);
  return isOfOther && isSettled(authority.id, snapshot, times) ? { action: 'make certificate' } : undefined;
}

function servingAction(
  snapshot: CertificateSnapshot,
  times: CertificateTimes,
): Extract<CertificateAction, { action: 'serve' }> | undefined {
  const { nowMs, stored, served } = snapshot;
  if (!isValid(stored, nowMs) || stored.id === served?.id) return undefined;
  const settled = stored.issuers.some((id) => isSettled(id, snapshot, times));
  return settled || !isValid(served, nowMs) ? { action: 'serve' } : undefined;
}

/** Trusted by everybody: for long enough, or nobody is asked to trust anything yet. */
function isSettled(
  id: string,
  { nowMs, trusted, trustedSinceMs }: CertificateSnapshot,
  { settleMs }: CertificateTimes,
): boolean {
  if (trusted === undefined) return true;
  const since = trustedSinceMs.get(id);
  return since !== undefined && trusted.some((one) => one.id === id) && nowMs - since >= settleMs;
}

export function isValid(facts: CertificateFacts | undefined, nowMs: number): facts is CertificateFacts {
  return facts !== undefined && facts.notBeforeMs <= nowMs && nowMs < facts.notAfterMs;
}

/** After two thirds of its life, so that many tries are left. */
function isDue({ notAfterMs }: CertificateFacts, lifetimeMs: number, nowMs: number): boolean {
  return nowMs >= notAfterMs - lifetimeMs / 3;
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
