import type { Nic, Sharing } from './model.ts';

/** Parts a NIC's name from a slot's number in a shared device's id: `cxi0::7`. */
const separator = '::';

/**
 * Most ids of one resource. The kubelet's gRPC client takes messages of 4 MiB,
 * and drops the plugin over a longer list; one id costs about 35 bytes.
 */
export const maxIds = 65_536;

/** How many ids each of `nics` NICs gets. */
export function slotsPerNic(sharing: Sharing, nics: number): number {
  if (sharing.mode === 'exclusive') return 1;
  return Math.max(1, Math.min(sharing.capacity, Math.floor(maxIds / Math.max(1, nics))));
}

/** The shared ids made last, by NIC: hundreds each, the same under every resource name and after every change. */
const shared = new Map<string, readonly string[]>();

/** The ids a NIC is offered under; `slots` as `slotsPerNic` says. */
export function idsOf({ name }: Pick<Nic, 'name'>, sharing: Sharing, slots: number): readonly string[] {
  if (sharing.mode === 'exclusive') return [name];
  const known = shared.get(name);
  if (known?.length === slots) return known;
  const ids = Array.from({ length: slots }, (_, slot) => `${name}${separator}${slot}`);
  shared.set(name, ids);
  return ids;
}

/** The name of the NIC behind an id of either form. */
export function nicOf(id: string): string {
  const end = id.indexOf(separator);
  return end < 0 ? id : id.slice(0, end);
}

/** The slot's number in a shared device's id, 0 in an exclusive one's. */
export function slotOf(id: string): number {
  const end = id.indexOf(separator);
  return end < 0 ? 0 : Number(id.slice(end + separator.length));
}
