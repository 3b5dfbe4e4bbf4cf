import { createHash, getHashes } from 'node:crypto';

/** `sha256:` and the hash in hex, as OCI writes it. */
export function sha256(data: Buffer | string): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

/** The hex digits of a digest. */
export function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** An SRI string such as `sha512-…=` as algorithm and hex digits. */
export function integrityDigest(integrity: string): Record<string, string> {
  const dash = integrity.indexOf('-');
  return { [integrity.slice(0, dash)]: Buffer.from(integrity.slice(dash + 1), 'base64').toString('hex') };
}

/** Whether `data` is what an SRI string with one hash stands for. */
export function integrityMatches(data: Buffer, integrity: string): boolean {
  const [[algorithm = '', digest] = []] = Object.entries(integrityDigest(integrity));
  // An algorithm Node does not know matches nothing.
  return getHashes().includes(algorithm) && createHash(algorithm).update(data).digest('hex') === digest;
}
