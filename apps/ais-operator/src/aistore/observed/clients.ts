import { AisClient } from '@rackwright/aistore';
import type { Clock } from '@rackwright/core';

/** How a cluster is reached. */
export interface ClusterAccess {
  readonly baseUrl: string;
  readonly skipVerify: boolean;
}

/** One client for each cluster, kept while it is reached in the same way. */
export class AisClients implements Disposable {
  readonly #clock: Clock;
  readonly #proxyEnv: NodeJS.ProcessEnv | undefined;
  readonly #clients = new Map<string, { readonly access: string; readonly client: AisClient }>();

  /** @param proxyEnv variables that name a proxy, where clusters are behind one */
  constructor(clock: Clock, proxyEnv: NodeJS.ProcessEnv | undefined) {
    this.#clock = clock;
    this.#proxyEnv = proxyEnv;
  }

  of(key: string, access: ClusterAccess): AisClient {
    const wanted = JSON.stringify(access);
    const known = this.#clients.get(key);
    if (known?.access === wanted) return known.client;
    known?.client[Symbol.dispose]();
    const tls = access.baseUrl.startsWith('https:') ? { insecureSkipVerify: access.skipVerify } : undefined;
    const client = new AisClient({
      ...{ baseUrl: access.baseUrl, clock: this.#clock, tls, proxyEnv: this.#proxyEnv },
    });
    this.#clients.set(key, { access: wanted, client });
    return client;
  }

  /** Of a cluster that is gone. */
  forget(key: string): void {
    this.#clients.get(key)?.client[Symbol.dispose]();
    this.#clients.delete(key);
  }

  [Symbol.dispose](): void {
    for (const { client } of this.#clients.values()) client[Symbol.dispose]();
    this.#clients.clear();
  }
}
