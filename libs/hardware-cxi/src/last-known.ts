import { compareNatural } from '@rackwright/core';
import type { ReadFailure } from '@rackwright/host';
import type { CxiFact, CxiSnapshot, RawCxiDevice } from './snapshot.ts';

/** A snapshot whose gaps are filled from the one before, as far as that knew. */
export interface KnownSnapshot extends CxiSnapshot {
  /** Names that are there, or may be, and of which too little was ever read to say what they are. */
  readonly unidentified: readonly string[];
  /** Why what is said here is not all of it from the present. */
  readonly outdated: readonly ReadFailure[];
}

/** Without these a function cannot be told from another, nor a virtual from a physical one. */
const identity: readonly CxiFact[] = [
  'folder',
  'devNode',
  'physicalFunction',
  'bar0Bytes',
  'vendor',
  'device',
];

/**
 * What is known of a host once `now` was read: what could not be read is as it
 * was before. An error never takes a device or a fact away; the kernel saying
 * that something is not there does. A device that could not be read well
 * enough to be told from others, now or before, is only named. Pure.
 *
 * @returns undefined while the devices could never be listed
 */
export function withLastKnown(
  now: CxiSnapshot,
  before: KnownSnapshot | undefined,
): KnownSnapshot | undefined {
  if (now.unlisted !== undefined && before === undefined) return undefined;
  const devices: RawCxiDevice[] = [];
  const unidentified = now.unlisted === undefined ? [] : [...(before?.unidentified ?? [])];
  const outdated = now.unlisted === undefined ? [] : [now.unlisted];
  for (const read of now.devices) {
    const device = fill(
      read,
      before?.devices.find(({ name }) => name === read.name),
    );
    const facts = device?.stale ?? identity.filter((fact) => read.unread.has(fact));
    outdated.push(...facts.flatMap((fact) => read.unread.get(fact) ?? []));
    if (device === undefined) unidentified.push(read.name);
    else devices.push(device);
  }
  return {
    ...now,
    devices,
    unidentified: [...new Set(unidentified)]
      .filter((name) => !devices.some((device) => device.name === name))
      .sort(compareNatural),
    outdated,
  };
}

/** The device with what the earlier look knew in place of what could not be read; undefined if it cannot be told which one it is. */
function fill(now: RawCxiDevice, before: RawCxiDevice | undefined): RawCxiDevice | undefined {
  if (now.unread.size === 0) return now;
  if (now.unread.has('folder')) return before && unreached(now, before);
  const same = before?.folder === now.folder ? before : undefined;
  const stale = [...now.unread.keys()].filter((fact) => same !== undefined && knows(same, fact));
  if (identity.some((fact) => now.unread.has(fact) && !stale.includes(fact))) return undefined;
  return same === undefined ? now : { ...now, ...lastRead(now, same, new Set(stale)), stale };
}

/** The way to the device's folder could not be followed: all is as it was but the device node. */
function unreached(now: RawCxiDevice, before: RawCxiDevice): RawCxiDevice {
  const devNode = now.unread.has('devNode') ? before.devNode : now.devNode;
  const stale = [...new Set([...before.stale, ...now.unread.keys()])];
  return { ...before, devNode, unread: new Map([...before.unread, ...now.unread]), stale };
}

/** Whether the earlier look had read the fact itself, or had it from one before. */
function knows(before: RawCxiDevice, fact: CxiFact): boolean {
  return before.stale.includes(fact) || !before.unread.has(fact);
}

function lastRead(
  now: RawCxiDevice,
  before: RawCxiDevice,
  stale: ReadonlySet<CxiFact>,
): Partial<RawCxiDevice> {
  const { bar0Bytes, physicalFunction } = before;
  const kept = Object.entries(before.text).filter(([fact]) => stale.has(fact));
  return {
    text: { ...now.text, ...Object.fromEntries(kept) },
    ...(stale.has('devNode') && { devNode: before.devNode }),
    ...(stale.has('netdevs') && { netdevs: before.netdevs }),
    ...(stale.has('bar0Bytes') && bar0Bytes !== undefined && { bar0Bytes }),
    ...(stale.has('physicalFunction') && physicalFunction !== undefined && { physicalFunction }),
  };
}
