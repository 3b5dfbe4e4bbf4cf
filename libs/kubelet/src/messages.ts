import * as api from './gen/deviceplugin/v1beta1/api.ts';
import type { ContainerAllocateResponse, Device } from './hardware-profile.ts';

/** The protocol's words for a device's health (k8s.io/kubelet deviceplugin/v1beta1 constants). */
const HEALTHY = 'Healthy';
const UNHEALTHY = 'Unhealthy';

/** What each id of a device is followed by in a list: its health and topology. */
function encodeFacts({ healthy, numaNodes }: Device): Uint8Array {
  const topology = numaNodes.length === 0 ? undefined : { nodes: numaNodes.map((ID) => ({ ID })) };
  return api.Device.encode({ ID: '', health: healthy ? HEALTHY : UNHEALTHY, topology }).finish();
}

/**
 * A ListAndWatchResponse as it goes out. Written without an object for each id:
 * there may be thousands, and each change sends all of them.
 */
export function encodeList(devices: readonly Device[]): Buffer {
  const parts = devices.map((device) => ({ ids: device.ids, facts: encodeFacts(device) }));
  let size = 0;
  for (const { ids, facts } of parts) {
    for (const id of ids) size += fieldLength(deviceLength(Buffer.byteLength(id), facts));
  }
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { ids, facts } of parts) {
    for (const id of ids) {
      const length = Buffer.byteLength(id);
      at = writeHead(bytes, at, deviceLength(length, facts));
      at = writeHead(bytes, at, length);
      at += bytes.write(id, at);
      bytes.set(facts, at);
      at += facts.length;
    }
  }
  return bytes;
}

/** `devices` of a list and `ID` of a device are both field 1, of the wire type with a length. */
const FIELD_1 = 0x0a;

function deviceLength(id: number, facts: Uint8Array): number {
  return fieldLength(id) + facts.length;
}

function fieldLength(length: number): number {
  let head = 2;
  for (let rest = length; rest > 0x7f; rest >>>= 7) head++;
  return head + length;
}

function writeHead(bytes: Buffer, start: number, length: number): number {
  let at = bytes.writeUInt8(FIELD_1, start);
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) at = bytes.writeUInt8((rest & 0x7f) | 0x80, at);
  return bytes.writeUInt8(rest, at);
}

/** With every field that the protocol has. */
export function toAllocateResponse(response: ContainerAllocateResponse): api.ContainerAllocateResponse {
  return {
    envs: { ...response.envs },
    mounts: [...(response.mounts ?? [])],
    devices: [...(response.devices ?? [])],
    annotations: { ...response.annotations },
    cdiDevices: (response.cdiDevices ?? []).map((name) => ({ name })),
  };
}

/** Whether the kubelet could not tell two lists apart. */
export function sameDevices(a: readonly Device[], b: readonly Device[]): boolean {
  return a === b || (a.length === b.length && a.every((device, i) => sameDevice(device, b[i])));
}

function sameDevice(a: Device, b: Device | undefined): boolean {
  return (
    b !== undefined &&
    a.healthy === b.healthy &&
    sameItems(a.ids, b.ids) &&
    sameItems(a.numaNodes, b.numaNodes)
  );
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((item, i) => item === b[i]));
}

/** How many ids the kubelet is told of. */
export function countIds(devices: readonly Device[]): number {
  return devices.reduce((count, { ids }) => count + ids.length, 0);
}
