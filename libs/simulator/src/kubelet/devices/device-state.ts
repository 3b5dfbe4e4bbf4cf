import { DeviceTable } from './device-table.ts';
import type { PluginConnection } from './plugin-connection.ts';
import { PodDevices } from './pod-devices.ts';

/** How long a resource stays in the node's capacity after its plugin has gone. */
export const pluginGraceMs = 5 * 60_000;

/** The plugin of a resource; without a connection it is known from before a restart only. */
export interface Endpoint {
  readonly connection?: PluginConnection;
  readonly stoppedAt?: number;
}

/** Counts by resource, for the node's status. */
export interface DeviceCapacity {
  readonly capacity: Readonly<Record<string, number>>;
  readonly allocatable: Readonly<Record<string, number>>;
}

/** What the kubelet knows about devices, plugins and who holds what. */
export class DeviceState {
  readonly table = new DeviceTable();
  readonly pods = new PodDevices();
  readonly endpoints = new Map<string, Endpoint>();

  /** Whether the resource is, or was when a device was allocated, served by a plugin. */
  isDeviceResource(resource: string): boolean {
    return this.table.has(resource) || this.pods.all().some((one) => one.resource === resource);
  }

  /** Forgets plugins that have been gone for longer than the grace; returns whether there were any. */
  forgetExpired(now: number): boolean {
    const expired = this.table.resources().filter((resource) => {
      const endpoint = this.endpoints.get(resource);
      if (endpoint === undefined) return true;
      const stoppedAt = endpoint.connection?.stoppedAt ?? endpoint.stoppedAt;
      return stoppedAt !== undefined && now - stoppedAt > pluginGraceMs;
    });
    for (const resource of expired) {
      this.table.forget(resource);
      this.endpoints.delete(resource);
    }
    return expired.length > 0;
  }

  /** Capacity counts every device, allocatable the healthy ones. */
  capacity(): DeviceCapacity {
    const capacity: Record<string, number> = {};
    const allocatable: Record<string, number> = {};
    for (const resource of this.table.resources()) {
      const healthy = this.table.healthy(resource).size;
      capacity[resource] = healthy + this.table.unhealthy(resource).size;
      allocatable[resource] = healthy;
    }
    return { capacity, allocatable };
  }
}
