import { AisClient, TokenCache } from '@rackwright/aistore';
import type { Clock } from '@rackwright/core';
import type { LoginMethod, NoLogin } from '../login-method.ts';
import { type LoginReader, loginBy } from './logins.ts';

/** How a cluster is reached. */
export interface ClusterAccess {
  readonly baseUrl: string;
  readonly skipVerify: boolean;
  /** Absent for a cluster that asks for no token. */
  readonly login?: LoginMethod | NoLogin | undefined;
  /** Versions of what the login reads. */
  readonly loginVersions?: string;
}

/** One client, with its token, for each cluster, kept while it is reached in the same way. */
export class AisClients implements Disposable {
  readonly #clock: Clock;
  readonly #reader: LoginReader;
  readonly #proxyEnv: NodeJS.ProcessEnv | undefined;
  readonly #clients = new Map<string, { readonly access: string; readonly client: AisClient }>();

  /** @param proxyEnv variables that name a proxy, where clusters are behind one */
  constructor(clock: Clock, reader: LoginReader, proxyEnv: NodeJS.ProcessEnv | undefined) {
    this.#clock = clock;
    this.#reader = reader;
    this.#proxyEnv = proxyEnv;
  }

  of(key: string, access: ClusterAccess): AisClient {
    const wanted = JSON.stringify(access);
    const known = this.#clients.get(key);
    if (known?.access === wanted) return known.client;
    known?.client[Symbol.dispose]();
    const { baseUrl, login } = access;
    const tls = baseUrl.startsWith('https:') ? { insecureSkipVerify: access.skipVerify } : undefined;
    const token =
      login === undefined
        ? undefined
        : new TokenCache(loginBy(login, this.#reader, this.#clock), this.#clock);
    const client = new AisClient({ baseUrl, clock: this.#clock, tls, token, proxyEnv: this.#proxyEnv });
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
