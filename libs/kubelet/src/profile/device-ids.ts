import type { HardwareDevice, Sharing } from './plan.ts';

/** Parts a device's name from a unit's number in a shared device's id: `disk0::7`. */
const separator = '::';

/**
 * Most ids of one resource. The kubelet's gRPC client takes messages of 4 MiB,
 * and drops the plugin over a longer list; one id costs about 35 bytes.
 */
export const maxIds = 65_536;

/** How many ids each of `devices` devices gets. */
export function unitsPerDevice(sharing: Sharing, devices: number): number {
  if (sharing.mode === 'exclusive') return 1;
  return Math.max(1, Math.min(sharing.capacity, Math.floor(maxIds / Math.max(1, devices))));
}

/** The shared ids made last, by device: hundreds each, the same under every resource name and after every change. */
const shared = new Map<string, readonly string[]>();

/** The ids a device is offered under; `units` as `unitsPerDevice` says. */
export function idsOf(
  { name }: Pick<HardwareDevice, 'name'>,
  sharing: Sharing,
  units: number,
): readonly string[] {
  if (sharing.mode === 'exclusive') return [name];
  const known = shared.get(name);
  if (known?.length === units) return known;
  const ids = Array.from({ length: units }, (_, unit) => `${name}${separator}${unit}`);
  shared.set(name, ids);
  return ids;
}

/** The name of the device behind an id of either form. */
export function deviceOf(id: string): string {
  const end = id.indexOf(separator);
  return end < 0 ? id : id.slice(0, end);
}

/** The unit's number in a shared device's id, 0 in an exclusive one's. */
export function unitOf(id: string): number {
  const end = id.indexOf(separator);
  return end < 0 ? 0 : Number(id.slice(end + separator.length));
}
