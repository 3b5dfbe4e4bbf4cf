import { isIPv4 } from 'node:net';
import { HwError } from '@rackwright/core';

/** Address ranges of nodes: 10.244.1.0/24, 10.244.2.0/24 and so on, up to 10.254. */
const firstBlock = 244;
const lastBlock = 254;
const perBlock = 254;

/** First three numbers of the addresses of the node with this number, from 0 on. */
export function nodePrefix(index: number): string {
  const block = firstBlock + Math.floor(index / perBlock);
  if (index < 0 || block > lastBlock) {
    throw new HwError('ResourceExhausted', `there is no address range for node number ${index}`);
  }
  return `10.${block}.${1 + (index % perBlock)}.`;
}

/** Which range of loopback addresses stands behind each node's addresses. */
export class NodeNetworks {
  readonly #listening = new Map<string, string>();

  /** Takes the range of the next node. It shows nothing until it is connected. */
  add(): string {
    const prefix = nodePrefix(this.#listening.size);
    this.#listening.set(prefix, '');
    return prefix;
  }

  /**
   * What is sent to addresses of a node goes to loopback addresses from now on.
   *
   * @param shows as `add` returned it
   * @param listens first three numbers of the loopback addresses
   */
  connect(shows: string, listens: string): void {
    this.#listening.set(shows, listens);
  }

  /** The loopback address behind an address of a node or a pod; undefined for all others. */
  local(address: string): string | undefined {
    if (!isIPv4(address)) return undefined;
    const end = address.lastIndexOf('.') + 1;
    const prefix = address.slice(0, end);
    const listens = this.#listening.get(prefix);
    if (listens !== undefined && listens !== '') return listens + address.slice(end);
    // A pod may have told others the address it listens on.
    return [...this.#listening.values()].includes(prefix) ? address : undefined;
  }

  /** Whether it is the address of a node itself. */
  isNode(address: string): boolean {
    return this.local(address) !== undefined && address.endsWith('.1');
  }
}
