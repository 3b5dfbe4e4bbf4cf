import type { Installation } from './installation.ts';

/** What a service account token says about its bearer. */
export interface TokenAccount {
  readonly account: Installation;
  /** The pod it was issued for, which tokens made by hand lack. */
  readonly pod?: { readonly name: string; readonly uid: string };
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the account out of our own token. Its signature is the API server's
 * business: a token that lies is of no use anyway. Undefined for what is no
 * token of a service account.
 */
export function tokenAccount(token: string | undefined): TokenAccount | undefined {
  const claims = object(payload(token)['kubernetes.io']);
  const namespace = text(claims.namespace);
  const { name, uid } = reference(claims.serviceaccount);
  if (namespace === '' || name === '' || uid === '') return undefined;
  const pod = reference(claims.pod);
  return { account: { namespace, name, uid }, ...(pod.uid === '' ? {} : { pod }) };
}

function payload(token: string | undefined): Fields {
  try {
    return object(JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString('utf8')));
  } catch {
    return {};
  }
}

function reference(value: unknown): { name: string; uid: string } {
  const fields = object(value);
  return { name: text(fields.name), uid: text(fields.uid) };
}

function object(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
