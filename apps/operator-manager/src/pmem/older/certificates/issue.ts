import { certificatesOf, type KeyPair, loadIssuer } from '@rackwright/web';
import { type CertificateSet, type Holder, holders, peerNames } from './certificate-set.ts';
import type { CertificateTimes, Issue } from './decide.ts';

/** As the first operator called it. */
const authorityName = 'pmem-csi operator root certificate authority';

/**
 * Makes certificates. The key of the CA that signs them is forgotten: for the
 * next ones there is a new CA, which is trusted beside those that are in use.
 */
export async function issueCertificates(
  stored: CertificateSet,
  { whose, as, keys }: Issue,
  { now: nowMs, times: { lifetimeMs } }: { readonly now: number; readonly times: CertificateTimes },
): Promise<CertificateSet> {
  const { makeAuthority, makeCertificate } = await loadIssuer();
  const validity = { nowMs, lifetimeMs };
  const authority = await makeAuthority(authorityName, validity);
  const made = new Map<Holder, KeyPair>();
  for (const holder of whose) {
    const key = keys[holder];
    const use = { client: true, ...(key === undefined ? {} : { key }) };
    made.set(holder, await makeCertificate(authority, [peerNames[holder]], validity, use));
  }
  const pairOf = (holder: Holder) => {
    const [pair, { next, ...current }] = [made.get(holder), stored[holder]];
    if (pair === undefined) return stored[holder];
    return as === 'next' ? { ...current, next: pair } : pair;
  };
  return {
    ca: `${authority.cert}${caInUse(stored)}`,
    registry: pairOf('registry'),
    nodeController: pairOf('nodeController'),
  };
}

/** The CAs that signed what is shown now. */
function caInUse(stored: CertificateSet): string {
  const shown = holders.flatMap((holder) => {
    const { cert, next } = stored[holder];
    return [cert, next?.cert ?? ''].flatMap((pem) => certificatesOf(pem));
  });
  const signed = certificatesOf(stored.ca).filter((ca) =>
    shown.some((certificate) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey)),
  );
  return signed.map((ca) => ca.toString()).join('');
}
