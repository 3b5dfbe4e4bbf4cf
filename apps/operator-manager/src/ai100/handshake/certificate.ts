import { X509Certificate } from 'node:crypto';
import type { ConfigMap, Secret } from '@rackwright/kube';
import type { ServingCertificate } from '@rackwright/web';

const dayMs = 24 * 60 * 60 * 1000;
/** A certificate is made for ten years; in the last of them the next one is made. */
const renewMs = 365 * dayMs;

const fields = { cert: 'tls.crt', key: 'tls.key', trust: 'ca.crt' } as const;

/** The pair in a Secret; undefined while there is none. */
export function pairOf({ data = {} }: Secret): ServingCertificate | undefined {
  const [cert, key] = [data[fields.cert], data[fields.key]];
  if (!cert || !key) return undefined;
  return { cert: decoded(cert), key: decoded(key) };
}

/** The same in the data of a Secret. */
export function secretData({ cert, key }: ServingCertificate): Record<string, string> {
  return { [fields.cert]: encoded(cert), [fields.key]: encoded(key) };
}

/** What exporters trust; undefined while it is nothing. */
export function trustOf({ data = {} }: ConfigMap): string | undefined {
  return data[fields.trust];
}

export function trustData(cert: string): Record<string, string> {
  return { [fields.trust]: cert };
}

/** Whether a pair can be served under `host`, and for long enough. */
export function isFit(pair: ServingCertificate | undefined, host: string, nowMs: number): boolean {
  if (pair === undefined) return false;
  try {
    const certificate = new X509Certificate(pair.cert);
    const lasts = certificate.validToDate.getTime() - nowMs > renewMs;
    return lasts && certificate.checkHost(host) !== undefined;
  } catch {
    return false;
  }
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}
