import type { CxiDevice } from '@rackwright/hardware-cxi';

interface Seen {
  readonly identity: string;
  readonly times: readonly number[];
  readonly count: number;
}

/**
 * Turns the driver's ring of the last ten restart times into a counter: it
 * begins with what the ring holds and grows by each time that is new. A NIC
 * that is exchanged for another begins anew, one that is gone is forgotten.
 */
export class LinkRestartCounter {
  #seen = new Map<string, Seen>();

  /** Takes note of the devices' rings; returns the count by device name. */
  update(devices: readonly CxiDevice[]): ReadonlyMap<string, number> {
    const next = new Map<string, Seen>();
    for (const device of devices) {
      const identity = `${device.pciAddress} ${device.serialNumber}`;
      const before = this.#seen.get(device.name);
      const known = before?.identity === identity ? before : undefined;
      const times = device.linkRestarts;
      next.set(device.name, {
        identity,
        times,
        count: (known?.count ?? 0) + added(known?.times ?? [], times),
      });
    }
    this.#seen = next;
    return new Map([...next].map(([name, { count }]) => [name, count]));
  }
}

/** How many of `next` were not in `before`; two restarts may share a second. */
function added(before: readonly number[], next: readonly number[]): number {
  const old = new Map<number, number>();
  for (const time of before) old.set(time, (old.get(time) ?? 0) + 1);
  let fresh = 0;
  for (const time of next) {
    const left = old.get(time) ?? 0;
    if (left > 0) old.set(time, left - 1);
    else fresh++;
  }
  return fresh;
}
