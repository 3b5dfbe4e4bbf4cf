import { type DeviceFacts, type PreferredAllocationRequest, preferredIds } from '@rackwright/kubelet';
import { splitId, type Unit } from './units.ts';

/**
 * The units that suit a container best: on one NUMA node if that has enough, of
 * different drives before a second of the same, of those that few use. Pure.
 */
export function preferredUnits(request: PreferredAllocationRequest, units: readonly Unit[]): string[] {
  const facts = factsOf(request, units);
  const available = oneNode(request, facts) ?? request.available;
  const ids = new Map(available.map((id) => [shared(id), id]));
  const answer = preferredIds(
    {
      size: request.size,
      available: available.map(shared),
      mustInclude: request.mustInclude.map(shared),
    },
    facts,
  );
  return answer.map((id) => ids.get(id) ?? id);
}

/** What is known of each drive; what is not available has somebody. */
function factsOf(
  { available }: PreferredAllocationRequest,
  units: readonly Unit[],
): Map<string, DeviceFacts> {
  const facts = new Map<string, DeviceFacts>();
  for (const { name, numaNode } of units) {
    const { drive } = splitId(name);
    const used = available.includes(name) ? 0 : 1;
    facts.set(drive, { numaNode, load: (facts.get(drive)?.load ?? 0) + used });
  }
  return facts;
}

/** What is available on the NUMA node that has enough of it: that with more drives, else that with fewer users. */
function oneNode(
  { available, mustInclude, size }: PreferredAllocationRequest,
  facts: ReadonlyMap<string, DeviceFacts>,
): readonly string[] | undefined {
  const nodeOf = (id: string): number | undefined => facts.get(splitId(id).drive)?.numaNode;
  const nodes = [...new Set(available.map(nodeOf))].map((node) => {
    const ids = available.filter((id) => nodeOf(id) === node);
    const drives = [...new Set(ids.map((id) => splitId(id).drive))];
    const load = drives.reduce((sum, drive) => sum + (facts.get(drive)?.load ?? 0), 0) / drives.length;
    return { node, ids, load, drives: Math.min(size, drives.length) };
  });
  const fitting = nodes.filter(
    ({ node, ids }) => ids.length >= size && mustInclude.every((id) => nodeOf(id) === node),
  );
  const number = (node = Number.MAX_SAFE_INTEGER): number => node;
  const [best] = fitting.sort(
    (a, b) => b.drives - a.drives || a.load - b.load || number(a.node) - number(b.node),
  );
  return best?.ids;
}

/** An id as the library writes units of a shared device. */
function shared(id: string): string {
  const { drive, replica } = splitId(id);
  return `${drive}::${replica}`;
}
