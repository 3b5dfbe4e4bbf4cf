import { HwError } from '@rackwright/core';

/** Addresses of one node: `.1` is the node's own, pods get `.2` to `.254`. */
export class AddressPool {
  readonly #prefix: string;
  readonly #byPod = new Map<string, string>();
  #next = 2;

  /** @param prefix like `127.20.3.` */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get nodeIp(): string {
    return `${this.#prefix}1`;
  }

  /** The pod's address; the same one until it is released. */
  take(podUid: string): string {
    const known = this.#byPod.get(podUid);
    if (known !== undefined) return known;
    const used = new Set(this.#byPod.values());
    for (let tries = 0; tries < 253; tries++) {
      const address = `${this.#prefix}${this.#next}`;
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
