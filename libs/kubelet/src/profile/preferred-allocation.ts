import { compareNatural } from '@rackwright/core';
import type { PreferredAllocationRequest } from '../hardware-profile.ts';
import { deviceOf, unitOf } from './device-ids.ts';

/** What is known of a device when ids are chosen. */
export interface DeviceFacts {
  readonly numaNode?: number | undefined;
  /** How many pods use it already. */
  readonly load: number;
}

interface Candidate extends DeviceFacts {
  readonly name: string;
  /** Free ids, lowest unit last. */
  readonly free: string[];
  /** How many of its ids are in the answer. */
  taken: number;
}

/**
 * Chooses ids for one container, in this order of importance:
 * 1. what must be included;
 * 2. as many different devices as there are, before any is given twice;
 * 3. as few NUMA nodes as possible, those of included devices first;
 * 4. devices that few pods use;
 * 5. natural order, so that the same question has one answer.
 *
 * Returns fewer than asked only if fewer are available.
 */
export function preferredIds(
  request: PreferredAllocationRequest,
  facts: ReadonlyMap<string, DeviceFacts>,
): readonly string[] {
  const chosen = [...request.mustInclude];
  const candidates = candidatesOf(request, facts);
  while (chosen.length < request.size) {
    const round = nextRound(candidates, request.size - chosen.length);
    if (round.length === 0) break;
    for (const candidate of round) {
      const id = candidate.free.pop();
      if (id === undefined) continue;
      candidate.taken += 1;
      chosen.push(id);
    }
  }
  return chosen.sort(compareNatural);
}

function candidatesOf(
  request: PreferredAllocationRequest,
  facts: ReadonlyMap<string, DeviceFacts>,
): Candidate[] {
  const byName = new Map<string, Candidate>();
  const must = new Set(request.mustInclude);
  for (const id of request.available) {
    const name = deviceOf(id);
    const known = facts.get(name) ?? { load: 0 };
    const candidate = byName.get(name) ?? { name, ...known, free: [], taken: 0 };
    byName.set(name, candidate);
    if (must.has(id)) candidate.taken += 1;
    else candidate.free.push(id);
  }
  for (const { free } of byName.values()) free.sort((a, b) => unitOf(b) - unitOf(a));
  return [...byName.values()];
}

/** The devices that get one more id each: the least taken ones, at most `count`, packed by NUMA node. */
function nextRound(candidates: readonly Candidate[], count: number): Candidate[] {
  const open = candidates.filter((candidate) => candidate.free.length > 0);
  const least = Math.min(...open.map((candidate) => candidate.taken));
  const used = new Set(candidates.filter(({ taken }) => taken > 0).map(({ numaNode }) => numaNode));
  return pack(
    open.filter((candidate) => candidate.taken === least),
    count,
    used,
  );
}

interface Group {
  readonly numaNode: number | undefined;
  /** Least used first. */
  readonly devices: readonly Candidate[];
  readonly used: boolean;
}

/** Takes whole NUMA nodes while they are needed, and from the last one the least used devices. */
function pack(open: readonly Candidate[], count: number, used: ReadonlySet<number | undefined>): Candidate[] {
  const picked: Candidate[] = [];
  const groups = new Set(groupsOf(open, used));
  while (picked.length < count && groups.size > 0) {
    const missing = count - picked.length;
    const best = [...groups].reduce((a, b) => (compareGroups(a, b, missing) <= 0 ? a : b));
    groups.delete(best);
    picked.push(...best.devices.slice(0, missing));
  }
  return picked;
}

function groupsOf(open: readonly Candidate[], used: ReadonlySet<number | undefined>): Group[] {
  const numaNodes = [...new Set(open.map((candidate) => candidate.numaNode))];
  return numaNodes.map((numaNode) => ({
    numaNode,
    used: used.has(numaNode),
    devices: open
      .filter((candidate) => candidate.numaNode === numaNode)
      .sort((a, b) => a.load - b.load || compareNatural(a.name, b.name)),
  }));
}

/** Which of two NUMA nodes serves the `missing` devices better, as a table of comparisons. */
function compareGroups(a: Group, b: Group, missing: number): number {
  const fits = (group: Group): boolean => group.devices.length >= missing;
  return (
    Number(b.used) - Number(a.used) ||
    Number(fits(b)) - Number(fits(a)) ||
    // Neither suffices: the larger one leaves less for further nodes.
    (fits(a) ? 0 : b.devices.length - a.devices.length) ||
    loadOf(a, missing) - loadOf(b, missing) ||
    // Both suffice: the smaller one keeps the larger whole for larger requests.
    a.devices.length - b.devices.length ||
    (a.numaNode ?? Number.MAX_SAFE_INTEGER) - (b.numaNode ?? Number.MAX_SAFE_INTEGER)
  );
}

function loadOf(group: Group, missing: number): number {
  return group.devices.slice(0, missing).reduce((sum, device) => sum + device.load, 0);
}
