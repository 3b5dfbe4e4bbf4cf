import { type CxiDeviceObject, cxiDevices, cxiDevicesOfNode } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import {
  isNotFound,
  type KubeClient,
  keyOf,
  type Node,
  type ObjectCondition,
  resources,
} from '@rackwright/kube';
import type { DriverState } from '../driver/verify.ts';
import type { Observed, ObservedNode } from '../plan/observed.ts';

/**
 * What the API server held when it was last asked or written to, so that a
 * publication with nothing to write costs one small read, or none.
 */
export class ObservedState {
  readonly #client: Pick<KubeClient, 'get' | 'list'>;
  readonly #node: string;
  #seenNode: ObservedNode | undefined;
  #devices: Map<string, CxiDeviceObject> | undefined;
  #announced: DriverState | undefined;
  /** Why there can be no CXIDevices: their kind was not there at the last look. */
  notServed: unknown;

  constructor(client: Pick<KubeClient, 'get' | 'list'>, node: string) {
    this.#client = client;
    this.#node = node;
  }

  /** What was seen last, asking for what was never seen or is marked stale. */
  async observe(signal: AbortSignal): Promise<Observed> {
    const node = this.#seenNode ?? (await this.readNode(signal));
    const devices = this.#devices ?? (await this.readDevices(signal));
    return {
      ...{ node, devices, withoutDevices: this.notServed !== undefined },
      ...(this.#announced === undefined ? {} : { announced: this.#announced }),
    };
  }

  async readNode(signal: AbortSignal): Promise<ObservedNode> {
    return this.sawNode(await this.#client.get(resources.nodes, { name: this.#node }, { signal }));
  }

  /** The CXIDevices of this node; none, and `notServed` is set, when the API server does not know the kind. */
  async readDevices(signal: AbortSignal): Promise<ReadonlyMap<string, CxiDeviceObject>> {
    const items = await this.#listDevices(signal);
    this.#devices = new Map(items.map((item) => [keyOf(item), item]));
    return this.#devices;
  }

  async #listDevices(signal: AbortSignal): Promise<readonly CxiDeviceObject[]> {
    const labelSelector = cxiDevicesOfNode(this.#node);
    this.notServed = undefined;
    try {
      const { items } = await this.#client.list(cxiDevices, { labelSelector, trim: trimDevice, signal });
      // Two nodes with long names may share a label value.
      return items.filter(({ status }) => (status?.node ?? this.#node) === this.#node);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.notServed = error;
      return [];
    }
  }

  sawNode({ metadata, status }: Node): ObservedNode {
    const isOurs = ({ type }: ObjectCondition): boolean => type === cxi.nodeCondition.rebootRequired;
    const rebootRequired = status?.conditions?.find(isOurs);
    this.#seenNode = {
      uid: metadata?.uid ?? '',
      labels: { ...metadata?.labels },
      ...(rebootRequired === undefined ? {} : { rebootRequired }),
    };
    return this.#seenNode;
  }

  sawDevice(object: CxiDeviceObject): void {
    this.#devices?.set(keyOf(object), trimDevice(object));
  }

  deleted(name: string): void {
    this.#devices?.delete(name);
  }

  announced(driver: DriverState): void {
    this.#announced = driver;
  }

  /** What was seen may no longer be so: everything is asked for again. */
  markStale(): void {
    this.#seenNode = undefined;
    this.#devices = undefined;
  }

  /** The uid of the Node, or of a CXIDevice, if it was seen. */
  uid(
    regarding: { readonly kind: 'Node' } | { readonly kind: 'CXIDevice'; readonly name: string },
  ): string | undefined {
    if (regarding.kind === 'Node') return this.#seenNode?.uid;
    return this.#devices?.get(regarding.name)?.metadata?.uid;
  }
}

function trimDevice(object: CxiDeviceObject): CxiDeviceObject {
  if (object.metadata === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
