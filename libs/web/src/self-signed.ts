import type { ServingCertificate } from './certificate.ts';
import { loadIssuer } from './issuer.ts';

/** A certificate that signs itself, for a server whose clients do not check it. */
export async function selfSignedCertificate(host: string, nowMs: number): Promise<ServingCertificate> {
  const { selfSigned } = await loadIssuer();
  return selfSigned(host, nowMs);
}
