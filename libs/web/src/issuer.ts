/** The file of the bundle that makes certificates. */
export type Issuer = Pick<
  typeof import('./issuer.main.ts'),
  'makeAuthority' | 'makeCertificate' | 'selfSigned'
>;

/** Loads what makes certificates, a file of its own beside the app: it is large and seldom needed. */
export async function loadIssuer(): Promise<Issuer> {
  const file = import.meta.url.endsWith('.ts') ? './issuer.main.ts' : './issuer.js';
  return (await import(file)) as Issuer;
}
