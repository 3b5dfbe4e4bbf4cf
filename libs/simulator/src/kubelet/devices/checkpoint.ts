import { createHash } from 'node:crypto';
import { deviceplugin } from '@rackwright/kubelet';
import type { Allocation } from './pod-devices.ts';

/** Name of the checkpoint inside the device plugin folder, the real kubelet's. */
export const checkpointFile = 'kubelet_internal_checkpoint';

/**
 * What survives a restart of the kubelet. The file has the real one's shape
 * (cm/devicemanager/checkpoint); only the checksum is computed differently, so
 * neither kubelet reads the other's file.
 */
export interface Checkpoint {
  readonly allocations: readonly Allocation[];
  /** Healthy devices by resource. */
  readonly registered: ReadonlyMap<string, readonly string[]>;
}

interface Entry {
  PodUID: string;
  ContainerName: string;
  ResourceName: string;
  DeviceIDs: Record<string, readonly string[]>;
  AllocResp: string;
}

export function formatCheckpoint(checkpoint: Checkpoint): string {
  const data = {
    PodDeviceEntries: checkpoint.allocations.map(
      (one): Entry => ({
        PodUID: one.podUid,
        ContainerName: one.container,
        ResourceName: one.resource,
        DeviceIDs: Object.fromEntries(one.devices),
        AllocResp: Buffer.from(deviceplugin.ContainerAllocateResponse.encode(one.response).finish()).toString(
          'base64',
        ),
      }),
    ),
    RegisteredDevices: Object.fromEntries(checkpoint.registered),
  };
  return JSON.stringify({ Data: data, Checksum: checksum(data) });
}

/** The checkpoint, or undefined if the text is damaged. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  try {
    const { Data: data, Checksum: sum } = JSON.parse(text) as {
      Data: { PodDeviceEntries: Entry[]; RegisteredDevices: Record<string, string[]> };
      Checksum: number;
    };
    if (checksum(data) !== sum) return undefined;
    return {
      allocations: data.PodDeviceEntries.map(readEntry),
      registered: new Map(Object.entries(data.RegisteredDevices)),
    };
  } catch {
    return undefined;
  }
}

function readEntry(entry: Entry): Allocation {
  return {
    podUid: entry.PodUID,
    container: entry.ContainerName,
    resource: entry.ResourceName,
    devices: new Map(Object.entries(entry.DeviceIDs).map(([node, ids]) => [Number(node), ids])),
    response: deviceplugin.ContainerAllocateResponse.decode(Buffer.from(entry.AllocResp, 'base64')),
  };
}

function checksum(data: unknown): number {
  return createHash('sha256').update(JSON.stringify(data)).digest().readUInt32BE(0);
}
