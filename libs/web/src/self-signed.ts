import type { ServingCertificate } from './certificate.ts';

/** The file of the bundle that makes certificates. */
type SelfSignedModule = typeof import('./self-signed.main.ts');

/**
 * A certificate that signs itself, for a server whose clients do not check it.
 * What makes it is a file of its own beside the app, loaded only here.
 */
export async function selfSignedCertificate(host: string, nowMs: number): Promise<ServingCertificate> {
  const file = import.meta.url.endsWith('.ts') ? './self-signed.main.ts' : './self-signed.js';
  const { selfSigned } = (await import(file)) as SelfSignedModule;
  return selfSigned(host, nowMs);
}
