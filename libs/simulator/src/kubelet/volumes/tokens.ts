import type { Clock } from '@rackwright/core';
import type { KubeClient } from '@rackwright/kube';
import { type Pod, podUid } from '../pod-model.ts';

interface Issued {
  readonly token: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** A token is renewed when this share of its life has passed, or it is a day old. */
const renewAfterShare = 0.8;
const maxAgeMs = 24 * 3_600_000;
const defaultSeconds = 3600;

/** ServiceAccount tokens bound to pods, asked for with the node's credentials and renewed in time. */
export class TokenCache {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #issued = new Map<string, Issued>();

  constructor(client: KubeClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async token(pod: Pod, spec: { audience?: string; expirationSeconds?: number }): Promise<string> {
    const { audience, expirationSeconds = defaultSeconds } = spec;
    const name = pod.spec.serviceAccountName ?? 'default';
    const key = JSON.stringify([podUid(pod), name, audience, expirationSeconds]);
    const now = this.#clock.now();
    const known = this.#issued.get(key);
    if (known !== undefined && now < renewAt(known)) return known.token;
    const account = { namespace: pod.metadata?.namespace ?? '', name };
    try {
      const { token, expirationTimestamp } = await this.#client.createToken(account, {
        expirationSeconds,
        ...(audience === undefined || audience === '' ? {} : { audiences: [audience] }),
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod.metadata?.name ?? '', uid: podUid(pod) },
      });
      this.#issued.set(key, { token, issuedAt: now, expiresAt: Date.parse(expirationTimestamp) });
      return token;
    } catch (error) {
      // The old token is good for as long as it has not expired.
      if (known !== undefined && now < known.expiresAt) return known.token;
      throw error;
    }
  }

  /** Forgets the tokens of a pod that has gone. */
  forget(uid: string): void {
    for (const key of this.#issued.keys()) {
      if (key.startsWith(`["${uid}",`)) this.#issued.delete(key);
    }
  }
}

function renewAt({ issuedAt, expiresAt }: Issued): number {
  return issuedAt + Math.min((expiresAt - issuedAt) * renewAfterShare, maxAgeMs);
}
