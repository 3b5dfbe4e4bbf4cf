import type { KubeObject, Secret } from '@rackwright/kube';
import type { HandshakeResult } from './decide.ts';

interface Known {
  readonly handshake?: HandshakeResult;
  /** As they were just written, by name. */
  readonly written: ReadonlyMap<string, Secret>;
}

const nothing: Known = { written: new Map() };

/** What this process knows of the certificates of Deployments beside what caches show. */
export class CertificateMemory {
  readonly #known = new Map<string, Known>();

  handshakeOf(uid: string | undefined): HandshakeResult | undefined {
    return this.#of(uid).handshake;
  }

  noteHandshake(uid: string, handshake: HandshakeResult): void {
    this.#known.set(uid, { ...this.#of(uid), handshake });
  }

  noteWritten(uid: string, secrets: readonly Secret[]): void {
    const written = new Map(this.#of(uid).written);
    for (const secret of secrets) written.set(secret.metadata?.name ?? '', secret);
    this.#known.set(uid, { ...this.#of(uid), written });
  }

  /** Those of the cache, and what was written since the cache saw it: else what was just made would be made again. */
  newest(uid: string | undefined, cached: readonly Secret[]): readonly Secret[] {
    const newest = new Map(cached.map((secret) => [secret.metadata?.name ?? '', secret]));
    for (const [name, secret] of this.#of(uid).written) {
      const found = newest.get(name);
      if (found === undefined || versionOf(found) < versionOf(secret)) newest.set(name, secret);
    }
    return [...newest.values()];
  }

  /** Forgets what is about Deployments that are gone. */
  keepOnly(uids: readonly string[]): void {
    for (const uid of this.#known.keys()) if (!uids.includes(uid)) this.#known.delete(uid);
  }

  #of(uid: string | undefined): Known {
    return this.#known.get(uid ?? '') ?? nothing;
  }
}

/** Versions of one resource grow. */
function versionOf({ metadata }: KubeObject): bigint {
  const { resourceVersion = '' } = metadata ?? {};
  return /^[0-9]+$/.test(resourceVersion) ? BigInt(resourceVersion) : 0n;
}
