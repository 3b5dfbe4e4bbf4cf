import { HwError } from '@rackwright/core';
import type { csi } from '@rackwright/csi';

/** Where volumes of this node can be used: on it. */
export class NodeTopology {
  readonly #key: string;
  readonly #node: string;

  /** @param driver name of the driver, by which the label of the node is called */
  constructor(driver: string, node: string) {
    this.#key = `${driver}/node`;
    this.#node = node;
  }

  get segment(): csi.Topology {
    return { segments: { [this.#key]: this.#node } };
  }

  /** Whether a place is this node; one that says nothing of nodes is anywhere. */
  includes({ segments }: csi.Topology): boolean {
    const node = segments[this.#key];
    return node === undefined || node === this.#node;
  }

  /** @throws HwError ResourceExhausted if a volume must be somewhere else */
  require(requirement: csi.TopologyRequirement | undefined): void {
    const { requisite = [], preferred = [] } = requirement ?? {};
    const places = requisite.length > 0 ? requisite : preferred;
    if (places.length === 0 || places.some((place) => this.includes(place))) return;
    throw new HwError('ResourceExhausted', `the volume is asked for on another node than ${this.#node}`, {
      field: 'accessibility_requirements',
    });
  }
}
