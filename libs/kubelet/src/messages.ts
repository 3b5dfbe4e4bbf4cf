import type {
  ContainerAllocateResponse,
  Device,
  ListAndWatchResponse,
} from './gen/deviceplugin/v1beta1/api.ts';
import type { ContainerGrant, OfferedDevice } from './hardware-profile.ts';

/** The protocol's words for a device's health (k8s.io/kubelet deviceplugin/v1beta1 constants). */
const HEALTHY = 'Healthy';
const UNHEALTHY = 'Unhealthy';

export function toListResponse(devices: readonly OfferedDevice[]): ListAndWatchResponse {
  return { devices: devices.map(toDevice) };
}

function toDevice(device: OfferedDevice): Device {
  return {
    ID: device.id,
    health: device.healthy ? HEALTHY : UNHEALTHY,
    topology: device.numaNodes.length === 0 ? undefined : { nodes: device.numaNodes.map((ID) => ({ ID })) },
  };
}

export function toAllocateResponse(grant: ContainerGrant): ContainerAllocateResponse {
  return {
    envs: { ...grant.envs },
    mounts: [...(grant.mounts ?? [])],
    devices: [...(grant.devices ?? [])],
    annotations: { ...grant.annotations },
    cdiDevices: (grant.cdiDevices ?? []).map((name) => ({ name })),
  };
}

/** Whether the kubelet could not tell two lists apart. */
export function sameDevices(a: readonly OfferedDevice[], b: readonly OfferedDevice[]): boolean {
  return a === b || (a.length === b.length && a.every((device, i) => sameDevice(device, b[i])));
}

function sameDevice(a: OfferedDevice, b: OfferedDevice | undefined): boolean {
  return (
    b !== undefined &&
    a.id === b.id &&
    a.healthy === b.healthy &&
    a.numaNodes.length === b.numaNodes.length &&
    a.numaNodes.every((node, i) => node === b.numaNodes[i])
  );
}
