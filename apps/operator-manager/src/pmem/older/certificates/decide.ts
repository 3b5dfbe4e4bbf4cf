import type { X509Certificate } from 'node:crypto';
import { errorMessage } from '@rackwright/core';
import { type CertificateFacts, certificatesOf, factsOfPair, type KeyPair } from '@rackwright/web';
import {
  type CertificateSet,
  digestOf,
  type HeldPair,
  type Holder,
  holders,
  peerNames,
} from './certificate-set.ts';
import { type GivenInput, givenCertificates } from './given.ts';

/** How long certificates live and how long pods take to have new ones, in milliseconds. */
export interface CertificateTimes {
  readonly lifetimeMs: number;
  /** So long before its end a certificate is renewed. */
  readonly renewMs: number;
  /** Until every pod trusts a new CA. */
  readonly settleMs: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** As long as those of the first operator; pods have a new Secret after a minute or two. */
export const certificateTimes: CertificateTimes = {
  lifetimeMs: 365 * dayMs,
  renewMs: 120 * dayMs,
  settleMs: dayMs,
};

/** What came of a handshake with a set. */
export interface HandshakeResult {
  readonly digest: string;
  /** Why it failed. */
  readonly failure?: string;
}

/** What a decision is made from. */
export interface CertificateInput extends GivenInput {
  /** What the Secrets of the Deployment hold. */
  readonly stored: CertificateSet;
  /** The last handshake. */
  readonly handshake: HandshakeResult | undefined;
  readonly times: CertificateTimes;
  readonly now: number;
}

/** Certificates to be made: a new CA signs them. */
export interface Issue {
  readonly whose: readonly Holder[];
  /** `next`: those there are go on until everybody trusts the new CA. */
  readonly as: 'current' | 'next';
  /** Keys that users brought. */
  readonly keys: Readonly<Partial<Record<Holder, string>>>;
}

/** What is to be done about the certificates of a Deployment. */
export type CertificateDecision =
  | { readonly step: 'issue'; readonly issue: Issue }
  /** A handshake shows whether they can be used. */
  | { readonly step: 'verify'; readonly set: CertificateSet }
  | {
      readonly step: 'use';
      readonly set: CertificateSet;
      readonly notAfterMs: number;
      readonly changesAtMs: number;
    }
  | { readonly step: 'refuse'; readonly message: string };

/** The same input gives the same decision. */
export function decideCertificates(input: CertificateInput): CertificateDecision {
  const given = givenCertificates(input);
  if (!given.ok) return { step: 'refuse', message: errorMessage(given.error) };
  if (given.value.kind === 'set') return useVerified(given.value.set, input, []);
  return decideMade(given.value.keys, input);
}

function decideMade(keys: Issue['keys'], input: CertificateInput): CertificateDecision {
  const { now, times, stored } = input;
  const authorities = certificatesOf(stored.ca).filter((ca) => isValidAt(now, ca));
  const states = holders.map((holder) => stateOf(holder, keys[holder], authorities, input));
  const lacking = states.filter(({ current }) => current === undefined);
  const issue = (which: readonly HolderState[], as: Issue['as']): CertificateDecision => ({
    step: 'issue',
    issue: { whose: which.map(({ holder }) => holder), as, keys },
  });
  if (lacking.length > 0) return issue(lacking, 'current');
  const due = states.filter(({ current, next }) => isDue(current, now, times) && next === undefined);
  if (due.length > 0) return issue(due, 'next');
  const set = { ca: stored.ca, ...Object.fromEntries(states.map(({ holder, pair }) => [holder, pair])) };
  const renewals = states.map(({ current, next }) =>
    next === undefined ? (current?.notAfterMs ?? now) - times.renewMs : settledAtMs(next, times),
  );
  return useVerified(set as CertificateSet, input, renewals);
}

/** One holder's certificates, as far as they are good. */
interface HolderState {
  readonly holder: Holder;
  readonly pair: HeldPair;
  readonly current: CertificateFacts | undefined;
  readonly next: CertificateFacts | undefined;
}

function stateOf(
  holder: Holder,
  key: string | undefined,
  authorities: readonly X509Certificate[],
  { stored, now, times }: CertificateInput,
): HolderState {
  const fit = (pair: KeyPair | undefined): CertificateFacts | undefined => {
    if (pair === undefined || (key !== undefined && pair.key !== key)) return undefined;
    const facts = factsOfPair(pair, authorities);
    const isFit =
      facts !== undefined &&
      facts.issuers.length > 0 &&
      facts.names.includes(peerNames[holder]) &&
      facts.notBeforeMs <= now &&
      now < facts.notAfterMs;
    return isFit ? facts : undefined;
  };
  const { next: waiting, ...pair } = stored[holder];
  const [current, next] = [fit(pair), fit(waiting)];
  if (waiting === undefined || next === undefined) return { holder, pair, current, next: undefined };
  if (current !== undefined && now < settledAtMs(next, times))
    return { holder, pair: { ...pair, next: waiting }, current, next };
  return { holder, pair: waiting, current: next, next: undefined };
}

/** Certificates are valid from so long before they were made. */
const backdateMs = 60 * 60 * 1000;

function settledAtMs({ notBeforeMs }: CertificateFacts, { settleMs }: CertificateTimes): number {
  return notBeforeMs + backdateMs + settleMs;
}

function isDue(facts: CertificateFacts | undefined, now: number, { renewMs }: CertificateTimes): boolean {
  return facts !== undefined && facts.notAfterMs - now <= renewMs;
}

function isValidAt(now: number, { validFromDate, validToDate }: X509Certificate): boolean {
  return validFromDate.getTime() <= now && now < validToDate.getTime();
}

/** A set is used once a handshake with it succeeded, and until one of its certificates ends. */
function useVerified(
  set: CertificateSet,
  { handshake, now }: CertificateInput,
  renewals: readonly number[],
): CertificateDecision {
  const ends = holders.flatMap((holder) =>
    certificatesOf(set[holder].cert).map(({ validToDate }) => validToDate.getTime()),
  );
  const notAfterMs = Math.min(...ends);
  if (notAfterMs <= now)
    return { step: 'refuse', message: `a certificate has expired at ${new Date(notAfterMs).toISOString()}` };
  if (handshake?.digest !== digestOf(set)) return { step: 'verify', set };
  const { failure } = handshake;
  if (failure !== undefined) return { step: 'refuse', message: failure };
  return { step: 'use', set, notAfterMs, changesAtMs: Math.min(notAfterMs, ...renewals) };
}
