import type { KubeClient, Lease } from '@rackwright/kube';
import { KubeError } from '@rackwright/kube';

type LeaseClient = Pick<KubeClient, 'get' | 'create' | 'update'>;

/** Leases as an API server keeps them: who comes with an old version is refused. Answers take a random number of turns. */
export class LeaseServer {
  readonly client: LeaseClient;
  readonly #leases = new Map<string, Lease>();
  readonly #random: () => number;
  #version = 0;

  constructor(random: () => number) {
    this.#random = random;
    const call = async <T>(work: () => T): Promise<T> => {
      for (let turns = Math.floor(this.#random() * 5); turns >= 0; turns--) await Promise.resolve();
      return work();
    };
    this.client = {
      get: (_type: unknown, { name }: { name: string }) => call(() => this.#get(name)),
      create: (_type: unknown, lease: Lease) => call(() => this.#write(lease, undefined)),
      update: (_type: unknown, lease: Lease) => call(() => this.#write(lease, this.#get(nameOf(lease)))),
    } as unknown as LeaseClient;
  }

  #get(name: string): Lease {
    const lease = this.#leases.get(name);
    if (lease === undefined) throw new KubeError('NotFound', name, { status: 404, reason: 'NotFound' });
    return lease;
  }

  #write(lease: Lease, before: Lease | undefined): Lease {
    const isOld = before?.metadata?.resourceVersion !== lease.metadata?.resourceVersion;
    if (isOld || (before === undefined && this.#leases.has(nameOf(lease))))
      throw new KubeError('Conflict', nameOf(lease), { status: 409, reason: 'Conflict' });
    const written = { ...lease, metadata: { ...lease.metadata, resourceVersion: `${++this.#version}` } };
    this.#leases.set(nameOf(lease), written);
    return written;
  }
}

function nameOf({ metadata }: Lease): string {
  return metadata?.name ?? '';
}
