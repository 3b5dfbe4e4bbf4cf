import { ObservedLease } from '@rackwright/controller';
import type { Clock } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import { ignoreNotFound, type KubeClient, type Lease, resources } from '@rackwright/kube';

/**
 * A lease this old, by the wall clock, is not watched any longer: machines whose
 * clocks differ by more are rare, and an operator that is taken for gone by
 * mistake is only helped, since every step of a removal may be done twice.
 */
const surelyOldMs = 60_000;

/** Tells whether an operator of one namespace works: it renews the lease that lets it lead. */
export class OperatorPresence {
  readonly #client: Pick<KubeClient, 'get'>;
  readonly #namespace: string;
  readonly #clock: Clock;
  readonly #observedLease: ObservedLease;

  constructor(client: Pick<KubeClient, 'get'>, namespace: string, clock: Clock) {
    this.#client = client;
    this.#namespace = namespace;
    this.#clock = clock;
    this.#observedLease = new ObservedLease(clock);
  }

  /** The replica that leads, undefined when none does. One that died is noticed when its lease has run out. */
  async leader(signal: AbortSignal): Promise<string | undefined> {
    const key = { namespace: this.#namespace, name: cxi.leaderElectionLease };
    const lease = await ignoreNotFound(this.#client.get(resources.leases, key, { signal }));
    if (lease === undefined || this.#observedLease.isFree(lease) || this.#isOld(lease)) return undefined;
    // The holder is the pod and an id of its own.
    return lease.spec?.holderIdentity?.split('_')[0];
  }

  #isOld({ spec }: Lease): boolean {
    const renewedAt = Date.parse(spec?.renewTime ?? '');
    return this.#clock.now() - renewedAt > surelyOldMs;
  }
}
