import type { deviceplugin } from '@rackwright/kubelet';

/** Value of `Device.health` that counts as usable; everything else does not. */
const healthy = 'Healthy';

/** What one resource's plugin reported last, and what is made of it. */
interface Entry {
  devices: ReadonlyMap<string, deviceplugin.Device>;
  healthy: ReadonlySet<string>;
  unhealthy: ReadonlySet<string>;
}

const none: Entry = { devices: new Map(), healthy: new Set(), unhealthy: new Set() };

/** Every device the node's plugins reported, by resource name. */
export class DeviceTable {
  readonly #entries = new Map<string, Entry>();

  /** Takes a plugin's new list; it replaces the old one as a whole. */
  replace(resource: string, devices: readonly deviceplugin.Device[]): void {
    const byId = new Map(devices.map((device) => [device.ID, device]));
    const ids = [...byId.values()];
    this.#entries.set(resource, {
      devices: byId,
      healthy: new Set(ids.filter((device) => device.health === healthy).map((device) => device.ID)),
      unhealthy: new Set(ids.filter((device) => device.health !== healthy).map((device) => device.ID)),
    });
  }

  /** Makes the resource known without devices, as after a restart of the kubelet. */
  announce(resource: string): void {
    this.#entries.set(resource, none);
  }

  /** The plugin is gone: its devices stay but none may be allocated. */
  markUnhealthy(resource: string): void {
    const entry = this.#entries.get(resource) ?? none;
    this.#entries.set(resource, {
      devices: entry.devices,
      healthy: new Set(),
      unhealthy: new Set([...entry.unhealthy, ...entry.healthy]),
    });
  }

  forget(resource: string): void {
    this.#entries.delete(resource);
  }

  has(resource: string): boolean {
    return this.#entries.has(resource);
  }

  resources(): readonly string[] {
    return [...this.#entries.keys()];
  }

  healthy(resource: string): ReadonlySet<string> {
    return (this.#entries.get(resource) ?? none).healthy;
  }

  unhealthy(resource: string): ReadonlySet<string> {
    return (this.#entries.get(resource) ?? none).unhealthy;
  }

  device(resource: string, id: string): deviceplugin.Device | undefined {
    return this.#entries.get(resource)?.devices.get(id);
  }

  /** The NUMA nodes of each of the resource's devices, by device id. */
  numaNodes(resource: string): ReadonlyMap<string, readonly number[]> {
    const { devices } = this.#entries.get(resource) ?? none;
    return new Map([...devices].map(([id, device]) => [id, (device.topology?.nodes ?? []).map((n) => n.ID)]));
  }

  /** Whether any device of the resource names a NUMA node. */
  hasTopology(resource: string): boolean {
    return [...this.numaNodes(resource).values()].some((nodes) => nodes.length > 0);
  }
}
