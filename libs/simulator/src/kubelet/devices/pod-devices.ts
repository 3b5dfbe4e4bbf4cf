import type { deviceplugin } from '@rackwright/kubelet';

/** Devices one container holds of one resource. */
export interface Allocation {
  readonly podUid: string;
  readonly container: string;
  readonly resource: string;
  /** Device ids by NUMA node; -1 stands for none. */
  readonly devices: ReadonlyMap<number, readonly string[]>;
  /** What the plugin answered when they were allocated. */
  readonly response: deviceplugin.ContainerAllocateResponse;
}

/** NUMA node of devices that name none. */
export const withoutTopology = -1;

/** Which container holds which devices. */
export class PodDevices {
  readonly #allocations = new Map<string, Allocation>();

  insert(allocation: Allocation): void {
    this.#allocations.set(key(allocation.podUid, allocation.container, allocation.resource), allocation);
  }

  /** Forgets what pods other than `active` hold; returns whether anything changed. */
  retain(active: ReadonlySet<string>): boolean {
    const before = this.#allocations.size;
    for (const [id, allocation] of this.#allocations) {
      if (!active.has(allocation.podUid)) this.#allocations.delete(id);
    }
    return this.#allocations.size !== before;
  }

  all(): readonly Allocation[] {
    return [...this.#allocations.values()];
  }

  ofContainer(podUid: string, container: string): readonly Allocation[] {
    return this.all().filter((one) => one.podUid === podUid && one.container === container);
  }

  /** The container's devices of one resource, or undefined if it was never given any. */
  ids(podUid: string, container: string, resource: string): ReadonlySet<string> | undefined {
    const allocation = this.#allocations.get(key(podUid, container, resource));
    return allocation === undefined ? undefined : deviceIds(allocation);
  }

  /** Every device in use, by resource. */
  inUse(): Map<string, Set<string>> {
    const used = new Map<string, Set<string>>();
    for (const allocation of this.all()) {
      const set = used.get(allocation.resource) ?? new Set<string>();
      for (const id of deviceIds(allocation)) set.add(id);
      used.set(allocation.resource, set);
    }
    return used;
  }

  /** The pods that hold devices of a resource. */
  holders(resource: string): ReadonlySet<string> {
    return new Set(this.all().flatMap((one) => (one.resource === resource ? [one.podUid] : [])));
  }
}

/** All device ids of an allocation, each once. */
export function deviceIds(allocation: Allocation): ReadonlySet<string> {
  return new Set([...allocation.devices.values()].flat());
}

function key(podUid: string, container: string, resource: string): string {
  return JSON.stringify([podUid, container, resource]);
}
