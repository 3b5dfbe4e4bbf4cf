import { createPrivateKey, X509Certificate } from 'node:crypto';

/** A certificate and its private key, PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What decisions about a certificate are made from. */
export interface CertificateFacts {
  /** Fingerprint. */
  readonly id: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** DNS names it is good for. */
  readonly names: readonly string[];
  /** Fingerprints of those among the known authorities that signed it, or one of the chain that comes with it. */
  readonly issuers: readonly string[];
}

/** The certificates in a text, in order; those that cannot be read are left out. */
export function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => parsed(block) ?? []);
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/**
 * The facts of a pair; undefined for one that cannot be served: no certificate,
 * no key, or the key of another.
 */
export function factsOfPair(
  { cert, key }: KeyPair,
  authorities: readonly X509Certificate[],
): CertificateFacts | undefined {
  const [certificate, ...chain] = certificatesOf(cert);
  if (certificate === undefined) return undefined;
  try {
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return undefined;
  } catch {
    return undefined;
  }
  const issuers = [certificate, ...chain].flatMap((one) => factsOf(one, authorities).issuers);
  return { ...factsOf(certificate), issuers: [...new Set(issuers)] };
}

export function factsOf(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[] = [],
): CertificateFacts {
  // One that signs itself is trusted when it is among the authorities, even if it may sign no other.
  const signedBy = (authority: X509Certificate): boolean =>
    authority.fingerprint256 === certificate.fingerprint256 ||
    (certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
  return {
    id: certificate.fingerprint256,
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
    names: namesOf(certificate),
    issuers: authorities.filter(signedBy).map(({ fingerprint256 }) => fingerprint256),
  };
}

function namesOf({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .flatMap((name) => (name.startsWith('DNS:') ? [name.slice('DNS:'.length)] : []));
}
