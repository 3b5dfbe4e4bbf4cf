import type { X509Certificate } from 'node:crypto';
import { certificatesOf, factsOf, factsOfPair, type KeyPair } from '@rackwright/web';
import type { CertificateSnapshot } from './plan.ts';
import type { SeenSince } from './seen-since.ts';
import type { Supplies } from './supply.ts';

/** What a snapshot is made from. */
export interface Observed {
  readonly nowMs: number;
  readonly supplies: Supplies;
  readonly served: KeyPair | undefined;
  readonly names: readonly string[];
  /** What each entry of the configurations trusts, PEM; undefined while there are none. */
  readonly bundles: readonly string[] | undefined;
}

/** A snapshot, and the text of every authority in it. */
export interface ObservedCertificates {
  readonly snapshot: Omit<CertificateSnapshot, keyof SeenSince>;
  readonly pemOf: (ids: readonly string[]) => string;
}

/** Reads what was observed; what cannot be read counts as not there. */
export function observeCertificates({
  nowMs,
  supplies,
  served,
  names,
  bundles,
}: Observed): ObservedCertificates {
  const first = (pem: string | undefined): X509Certificate | undefined => certificatesOf(pem ?? '')[0];
  const [authority, nextAuthority] = [first(supplies.authority), first(supplies.nextAuthority)];
  const trusted = bundles === undefined ? undefined : trustedByAll(bundles.map(certificatesOf));
  const known = [authority, nextAuthority].flatMap((one) => one ?? []).concat(trusted ?? []);
  const facts = (pair: KeyPair | undefined) => (pair === undefined ? undefined : factsOfPair(pair, known));
  return {
    snapshot: {
      nowMs,
      names,
      authority: authority && factsOf(authority),
      nextAuthority: nextAuthority && factsOf(nextAuthority),
      stored: facts(supplies.stored),
      served: facts(served),
      trusted: trusted?.map((certificate) => factsOf(certificate)),
    },
    pemOf: (ids) =>
      ids.map((id) => known.find((one) => one.fingerprint256 === id)?.toString() ?? '').join(''),
  };
}

function trustedByAll([first = [], ...others]: readonly X509Certificate[][]): X509Certificate[] {
  const unique = first.filter(
    (one, i) => first.findIndex((other) => other.fingerprint256 === one.fingerprint256) === i,
  );
  return unique.filter((one) =>
    others.every((bundle) => bundle.some((other) => other.fingerprint256 === one.fingerprint256)),
  );
}
