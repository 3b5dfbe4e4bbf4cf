import { Backoff, type Clock, errorMessage, isHwError, type Logger } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import { isConflict, isNotFound, type KubeClient, type Lease, microTime, resources } from '@rackwright/kube';

export interface NodeLeaseOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeName: string;
  /** Uid of the Node once it is registered; the Lease goes away with it. */
  readonly nodeUid: () => string | undefined;
  /** How long the Lease is good for, in milliseconds. */
  readonly leaseMs: number;
}

/** Renews the node's Lease, which tells the control plane that the node lives. */
export class NodeLease {
  readonly #options: NodeLeaseOptions;
  #lease: Lease | undefined;

  constructor(options: NodeLeaseOptions) {
    this.#options = options;
  }

  /** Renews the Lease four times in its life, and sooner again when that fails, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, leaseMs } = this.#options;
    const backoff = new Backoff({ initialMs: 200, maxMs: 7000 });
    while (!signal.aborted) {
      let waitMs = leaseMs / 4;
      try {
        await this.#renew(signal);
        backoff.reset();
      } catch (error) {
        this.#lease = undefined;
        if (signal.aborted) return;
        logger.warn('the node lease could not be renewed', { error: errorMessage(error) });
        waitMs = Math.min(waitMs, backoff.next());
      }
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    this.#lease ??= await this.#find(signal);
    const next = this.#next(this.#lease);
    try {
      this.#lease = await (this.#lease === undefined
        ? client.create(resources.leases, next, { signal })
        : client.update(resources.leases, next, { signal }));
    } catch (error) {
      // Somebody else wrote or made it: read it again and write at once.
      if (!isConflict(error) && !isHwError(error, 'AlreadyExists')) throw error;
      this.#lease = await client.update(resources.leases, this.#next(await this.#find(signal)), { signal });
    }
  }

  async #find(signal: AbortSignal): Promise<Lease | undefined> {
    const key = { namespace: kubelet.nodeLeaseNamespace, name: this.#options.nodeName };
    try {
      return await this.#options.client.get(resources.leases, key, { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #next(old: Lease | undefined): Lease {
    const { nodeName, leaseMs, clock, nodeUid } = this.#options;
    const uid = nodeUid();
    const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: uid ?? '' };
    return {
      metadata: {
        ...(old?.metadata ?? { name: nodeName, namespace: kubelet.nodeLeaseNamespace }),
        ...(uid === undefined ? {} : { ownerReferences: [owner] }),
      },
      spec: {
        holderIdentity: nodeName,
        leaseDurationSeconds: Math.ceil(leaseMs / 1000),
        renewTime: microTime(clock.now()),
      },
    };
  }
}
