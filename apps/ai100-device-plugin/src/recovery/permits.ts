import { heldSpec, ObservedLease, releasedSpec } from '@rackwright/controller';
import { type Clock, errorMessage, type Logger } from '@rackwright/core';
import { ai100 } from '@rackwright/keys';
import { ignoreNotFound, isConflict, type KubeClient, type Lease, resources } from '@rackwright/kube';

/** Where permits come from. */
export interface RecoveryPermitsOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'update'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  /** Name of the node. */
  readonly holder: string;
  /** How many nodes may have one at a time. */
  readonly count: number;
}

/** The right to reset a drive of this node now. */
export interface RecoveryPermit {
  /** `ai100-recovery-0` and so on. */
  readonly name: string;
  /** Gives it to the next node. */
  release(): Promise<void>;
}

/** No action takes so long; of a node that died others have the permit back then. */
const leaseMs = ai100.recoveryPermit.seconds * 1000;
const timeoutMs = 5_000;

/**
 * Lets only so many nodes of a cluster act at the same time: each permit is a
 * Lease, and a node must write itself into one before. What a node held that was
 * not seen to change for ten minutes is free; clocks of nodes need not agree.
 */
export class RecoveryPermits {
  readonly #options: RecoveryPermitsOptions;
  readonly #observed: readonly ObservedLease[];

  constructor(options: RecoveryPermitsOptions) {
    this.#options = options;
    this.#observed = Array.from({ length: options.count }, () => new ObservedLease(options.clock));
  }

  /**
   * A permit, or undefined while others have all of them.
   *
   * @throws KubeError if the API server does not answer, or refuses
   */
  async acquire(signal?: AbortSignal): Promise<RecoveryPermit | undefined> {
    for (const [number, observed] of this.#observed.entries()) {
      const name = `${ai100.recoveryPermit.prefix}${number}`;
      const lease = await this.#take(name, observed, signal);
      if (lease !== undefined) return { name, release: () => this.#release(lease) };
    }
    return undefined;
  }

  /** The lease with ourselves in it; undefined if another has it, or was faster. */
  async #take(name: string, observed: ObservedLease, signal?: AbortSignal): Promise<Lease | undefined> {
    const { client, clock, namespace, holder } = this.#options;
    const options = { timeoutMs, ...(signal && { signal }) };
    const lease: Lease | undefined = await ignoreNotFound(
      client.get(resources.leases, { namespace, name }, options),
    );
    const isOurs = lease?.spec?.holderIdentity === holder;
    if (lease !== undefined && !isOurs && !observed.isFree(lease)) return undefined;
    const spec = heldSpec(lease, holder, leaseMs, clock.now());
    try {
      return lease === undefined
        ? await client.create(resources.leases, { metadata: { namespace, name }, spec }, options)
        : await client.update(resources.leases, { ...lease, spec }, options);
    } catch (error) {
      if (isConflict(error)) return undefined;
      throw error;
    }
  }

  /** One that cannot be given back runs out. */
  async #release(lease: Lease): Promise<void> {
    const { client, clock, logger } = this.#options;
    try {
      const spec = releasedSpec(lease, clock.now());
      await client.update(resources.leases, { ...lease, spec }, { timeoutMs });
    } catch (error) {
      logger.warn('recovery permit not released', {
        lease: lease.metadata?.name,
        error: errorMessage(error),
      });
    }
  }
}
