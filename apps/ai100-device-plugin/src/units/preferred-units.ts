import { type DeviceFacts, type PreferredAllocationRequest, preferredIds } from '@rackwright/kubelet';
import { splitId, type Unit } from './units.ts';

/**
 * The units that suit a container best: on one NUMA node if that has enough, of
 * different drives before a second of the same, of those that few use. Pure.
 */
export function preferredUnits(request: PreferredAllocationRequest, units: readonly Unit[]): string[] {
  const ids = new Map(request.available.map((id) => [shared(id), id]));
  const facts = new Map<string, DeviceFacts>();
  for (const { name, numaNode } of units) {
    const { drive } = splitId(name);
    const used = request.available.includes(name) ? 0 : 1;
    facts.set(drive, { numaNode, load: (facts.get(drive)?.load ?? 0) + used });
  }
  const answer = preferredIds(
    {
      size: request.size,
      available: request.available.map(shared),
      mustInclude: request.mustInclude.map(shared),
    },
    facts,
  );
  return answer.map((id) => ids.get(id) ?? id);
}

/** An id as the library writes units of a shared device. */
function shared(id: string): string {
  const { drive, replica } = splitId(id);
  return `${drive}::${replica}`;
}
