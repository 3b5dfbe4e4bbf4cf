import { HwError } from '@rackwright/core';
import { type CallOptions, ignoreNotFound, type KubeClient, resources, type Secret } from '@rackwright/kube';
import type { KeyPair } from '@rackwright/web';

/** The key pairs of a Secret, and the version they were read at. */
export interface StoredPairs {
  readonly resourceVersion: string;
  readonly current: KeyPair | undefined;
  readonly next: KeyPair | undefined;
}

/** Keys of the pairs in a Secret; `next` is an authority that does not sign yet. */
const fields = {
  current: { cert: 'tls.crt', key: 'tls.key' },
  next: { cert: 'next.crt', key: 'next.key' },
} as const;

/**
 * A Secret that the installation brings and this app fills. It is changed only
 * as it was read: of two replicas that change it at once, one is refused.
 */
export class PairSecret {
  readonly #client: KubeClient;
  readonly #key: { readonly namespace: string; readonly name: string };

  constructor(client: KubeClient, key: { readonly namespace: string; readonly name: string }) {
    this.#client = client;
    this.#key = key;
  }

  /** @throws HwError FailedPrecondition when there is no such Secret */
  async read(options: CallOptions): Promise<StoredPairs> {
    const secret = await ignoreNotFound(this.#client.get(resources.secrets, this.#key, options));
    if (secret === undefined) throw this.#missing();
    return {
      resourceVersion: secret.metadata?.resourceVersion ?? '',
      current: pairOf(secret, fields.current),
      next: pairOf(secret, fields.next),
    };
  }

  /** @throws KubeError Conflict when somebody else changed it since */
  async write({ resourceVersion, current, next }: StoredPairs, options: CallOptions): Promise<void> {
    const secret = await this.#client.get(resources.secrets, this.#key, options);
    const data = { ...dataOf(current, fields.current), ...dataOf(next, fields.next) };
    const metadata = { ...secret.metadata, resourceVersion };
    await this.#client.update(resources.secrets, { ...secret, metadata, data }, options);
  }

  #missing(): HwError {
    const { namespace, name } = this.#key;
    return new HwError('FailedPrecondition', `the Secret ${namespace}/${name} is not there`, {
      remedy: 'it comes with the chart: run helm upgrade, or apply the manifests again',
    });
  }
}

interface PairFields {
  readonly cert: string;
  readonly key: string;
}

function pairOf({ data = {} }: Secret, { cert, key }: PairFields): KeyPair | undefined {
  const [certificate, privateKey] = [data[cert], data[key]];
  if (!certificate || !privateKey) return undefined;
  return { cert: decoded(certificate), key: decoded(privateKey) };
}

function dataOf(pair: KeyPair | undefined, { cert, key }: PairFields): Record<string, string> {
  return pair === undefined ? {} : { [cert]: encoded(pair.cert), [key]: encoded(pair.key) };
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}
