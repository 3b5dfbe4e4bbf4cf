import { HwError } from '@rackwright/core';

/** Names of the addresses of one node. */
export interface AddressRange {
  /** First three numbers of the addresses processes listen on, like `127.20.3.`. */
  readonly listens: string;
  /** First three numbers of the addresses the API server is told; default the same. */
  readonly shows?: string;
}

/**
 * Addresses of one node: `.1` is the node's own, pods get `.2` to `.254`. Each
 * is known twice: where processes listen, on loopback, and as the API server
 * knows it, for no Endpoints object may hold a loopback address.
 */
export class AddressPool {
  readonly #listens: string;
  readonly #shows: string;
  readonly #byPod = new Map<string, string>();
  #next = 2;

  constructor({ listens, shows = listens }: AddressRange) {
    this.#listens = listens;
    this.#shows = shows;
  }

  /** Where the node listens. */
  get nodeIp(): string {
    return `${this.#listens}1`;
  }

  /** How the API server knows an address of this node. */
  shown(address: string): string {
    return this.#shows + address.slice(this.#listens.length);
  }

  /** Where the pod listens; the same address until it is released. */
  take(podUid: string): string {
    const known = this.#byPod.get(podUid);
    if (known !== undefined) return known;
    const used = new Set(this.#byPod.values());
    for (let tries = 0; tries < 253; tries++) {
      const address = `${this.#listens}${this.#next}`;
      // Round robin, so that a new pod does not get the address one has just left.
      this.#next = this.#next === 254 ? 2 : this.#next + 1;
      if (used.has(address)) continue;
      this.#byPod.set(podUid, address);
      return address;
    }
    throw new HwError('ResourceExhausted', 'the node has no address left for a pod');
  }

  has(podUid: string): boolean {
    return this.#byPod.has(podUid);
  }

  get(podUid: string): string | undefined {
    return this.#byPod.get(podUid);
  }

  release(podUid: string): void {
    this.#byPod.delete(podUid);
  }
}
