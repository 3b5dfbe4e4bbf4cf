import type { HeldDevice } from '@rackwright/kubelet';
import { nicOf } from './device-ids.ts';

/** Somebody who holds a NIC, as far as the plugin knows. */
export interface Holder {
  readonly resource: string;
  readonly id: string;
  /** Whether the kubelet has confirmed it since it was learnt or doubted. */
  readonly confirmed: boolean;
  /** When it was learnt or doubted, in milliseconds of a clock that does not go backwards. */
  readonly since: number;
  /** The pod, once the kubelet has told. */
  readonly pod?: string;
}

/** Who holds each NIC. */
export type Holders = ReadonlyMap<string, readonly Holder[]>;

/**
 * How long a hold counts that the kubelet does not list. It lists a pod only
 * when its admission is done, and after a restart only once it knows its pods
 * again; it never lists ordinary init containers.
 */
export const unconfirmedMs = 60_000;

/** Notes that ids were handed out. */
export function taken(holders: Holders, resource: string, ids: readonly string[], now: number): Holders {
  const next = new Map(holders);
  for (const id of ids) {
    const others = (next.get(nicOf(id)) ?? []).filter((holder) => !isSame(holder, resource, id));
    next.set(nicOf(id), [...others, { resource, id, confirmed: false, since: now }]);
  }
  return next;
}

/** Brings the holds in line with what the kubelet lists. */
export function reconciled(holders: Holders, listed: readonly HeldDevice[], now: number): Holders {
  const next = new Map<string, Holder[]>();
  const add = (holder: Holder): void => {
    const nic = nicOf(holder.id);
    const known = next.get(nic) ?? [];
    if (!known.some((other) => isSame(other, holder.resource, holder.id))) next.set(nic, [...known, holder]);
  };
  for (const { resource, id, namespace, pod } of listed) {
    add({ resource, id, confirmed: true, since: now, pod: `${namespace}/${pod}` });
  }
  for (const holder of [...holders.values()].flat()) {
    if (!holder.confirmed && now - holder.since < unconfirmedMs) add(holder);
  }
  return next;
}

/** The kubelet is new and may not know its pods yet: nothing is certain for a while. */
export function doubted(holders: Holders, now: number): Holders {
  return new Map(
    [...holders].map(([nic, list]) => [
      nic,
      list.map((holder) => ({ ...holder, confirmed: false, since: now })),
    ]),
  );
}

/** Whether two states differ in who holds what. */
export function sameHolders(a: Holders, b: Holders): boolean {
  const text = (holders: Holders): string =>
    [...holders.values()]
      .flat()
      .map(({ resource, id }) => `${resource} ${id}`)
      .sort()
      .join('\n');
  return a === b || text(a) === text(b);
}

function isSame(holder: Holder, resource: string, id: string): boolean {
  return holder.resource === resource && holder.id === id;
}
