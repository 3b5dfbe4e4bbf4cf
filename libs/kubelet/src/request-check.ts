import { HwError } from '@rackwright/core';
import type { ContainerPreferredAllocationRequest } from './gen/deviceplugin/v1beta1/api.ts';
import type { Device, PreferredAllocationRequest } from './hardware-profile.ts';

/** Far more containers than a pod has: a longer request is a mistake. */
const MAX_CONTAINERS = 1024;

/**
 * Checks the devices asked for in one Allocate call. A request for no device is
 * valid. A device named twice would be given to two containers.
 *
 * @throws HwError InvalidArgument for a device named twice, NotFound for a device
 *   that is not offered, FailedPrecondition for an unhealthy one
 */
export function checkAllocation(
  containers: readonly (readonly string[])[],
  devices: readonly Device[],
): void {
  checkContainerCount(containers.length);
  const known = byId(devices);
  const seen = new Set<string>();
  for (const ids of containers) {
    for (const id of ids) {
      if (seen.has(id)) throw invalid(`device ${quote(id)} is named twice`);
      seen.add(id);
      const device = known.get(id);
      if (device === undefined) throw unknown(id);
      if (!device.healthy) {
        throw new HwError('FailedPrecondition', `device ${quote(id)} is not healthy${because(device)}`);
      }
    }
  }
}

/**
 * Checks one container's preference question and leaves out what is named twice
 * and free devices that are not offered any more: the kubelet's list may lag a
 * moment behind, and an error here would fail a pod that the remaining devices
 * can serve. A question for no device is valid.
 *
 * @throws HwError InvalidArgument for a size or list that makes no sense, NotFound
 *   for a device that must be included and is not offered
 */
export function checkPreferredAllocation(
  request: ContainerPreferredAllocationRequest,
  devices: readonly Device[],
): PreferredAllocationRequest {
  const { allocationSize: size } = request;
  const [available, mustInclude] = [unique(request.availableDeviceIDs), unique(request.mustIncludeDeviceIDs)];
  const known = byId(devices);
  const missing = mustInclude.find((id) => !known.has(id));
  if (missing !== undefined) throw unknown(missing);
  const free = new Set(available);
  const foreign = mustInclude.find((id) => !free.has(id));
  if (foreign !== undefined) throw invalid(`device ${quote(foreign)} must be included but is not available`);
  if (size < 0) throw invalid(`allocation size ${size} is negative`);
  if (size < mustInclude.length) {
    throw invalid(`allocation size ${size} is less than the ${mustInclude.length} devices to include`);
  }
  if (size > available.length) {
    throw invalid(`allocation size ${size} is more than the ${available.length} available devices`);
  }
  return { available: available.filter((id) => known.has(id)), mustInclude, size };
}

/** @throws HwError InvalidArgument */
export function checkContainerCount(count: number): void {
  if (count > MAX_CONTAINERS) throw invalid(`the request holds ${count} containers`);
}

/** @throws HwError NotFound */
export function checkPreStart(ids: readonly string[], devices: readonly Device[]): void {
  const known = byId(devices);
  const missing = ids.find((id) => !known.has(id));
  if (missing !== undefined) throw unknown(missing);
}

const indexes = new WeakMap<readonly Device[], ReadonlyMap<string, Device>>();

/** One index per list: lists are never changed, only replaced. */
function byId(devices: readonly Device[]): ReadonlyMap<string, Device> {
  let index = indexes.get(devices);
  if (index === undefined) {
    index = new Map(devices.flatMap((device) => device.ids.map((id) => [id, device] as const)));
    indexes.set(devices, index);
  }
  return index;
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}

function because(device: Device): string {
  return device.reason === undefined ? '' : `: ${device.reason}`;
}

/** Ids come from outside, so in messages they are shortened and control characters escaped. */
function quote(id: string): string {
  return JSON.stringify(id.length > 64 ? `${id.slice(0, 64)}…` : id);
}

function invalid(message: string): HwError {
  return new HwError('InvalidArgument', message);
}

function unknown(id: string): HwError {
  return new HwError('NotFound', `device ${quote(id)} is not known`);
}
