import { compareNatural, HwError } from '@rackwright/core';
import { withoutTopology } from './pod-devices.ts';
import type { TopologyHint } from './topology.ts';

/** The available devices in the three groups they are allocated from. */
export interface Affinity {
  readonly aligned: ReadonlySet<string>;
  readonly unaligned: ReadonlySet<string>;
  readonly withoutNode: ReadonlySet<string>;
}

/** Groups devices by how they lie to the NUMA nodes of the hint; without a hint all are in the last group. */
export function groupByAffinity(
  available: ReadonlySet<string>,
  numaNodes: ReadonlyMap<string, readonly number[]>,
  hint: TopologyHint | undefined,
): Affinity {
  const groups = { aligned: new Set<string>(), unaligned: new Set<string>(), withoutNode: new Set<string>() };
  const wanted = hint?.nodes;
  const hasTopology = [...numaNodes.values()].some((nodes) => nodes.length > 0);
  for (const id of available) {
    const nodes = numaNodes.get(id) ?? [];
    if (wanted === undefined || !hasTopology || nodes.length === 0) groups.withoutNode.add(id);
    else if (nodes.some((node) => wanted.includes(node))) groups.aligned.add(id);
    else groups.unaligned.add(id);
  }
  return groups;
}

/** What devices for one container and resource are chosen from. */
export interface SelectionInput {
  readonly resource: string;
  readonly required: number;
  /** Devices of earlier init containers of the pod. */
  readonly reusable: ReadonlySet<string>;
  readonly healthy: ReadonlySet<string>;
  readonly inUse: ReadonlySet<string>;
  readonly numaNodes: ReadonlyMap<string, readonly number[]>;
  readonly hint: TopologyHint | undefined;
  /**
   * Asks the plugin; undefined when it does not offer the call. It may answer
   * anything: ids that are not on offer are ignored.
   */
  readonly getPreferredAllocation: (
    available: readonly string[],
    mustInclude: readonly string[],
    size: number,
  ) => Promise<readonly string[] | undefined>;
}

/**
 * Chooses devices in the real kubelet's order: reusable ones, aligned ones,
 * what the plugin prefers, the rest. Where the real one walks a Go map, this
 * one takes natural order.
 *
 * @throws HwError ResourceExhausted when there are not enough
 */
export async function selectDevices(input: SelectionInput): Promise<ReadonlySet<string>> {
  const { required, resource } = input;
  const chosen = new Set<string>();
  const take = (from: Iterable<string>): boolean => {
    for (const id of [...from].sort(compareNatural)) {
      if (chosen.size >= required) break;
      chosen.add(id);
    }
    return chosen.size >= required;
  };
  if (take(input.reusable)) return chosen;
  const available = new Set([...input.healthy].filter((id) => !input.inUse.has(id)));
  const needed = required - chosen.size;
  if (available.size < needed) {
    throw new HwError(
      'ResourceExhausted',
      `${resource}: ${needed} devices requested but only ${available.size} available`,
    );
  }
  const groups = groupByAffinity(available, input.numaNodes, input.hint);
  const getPreferredAllocation = async (from: ReadonlySet<string>): Promise<string[]> => {
    const offered = [...new Set([...from, ...chosen])];
    const answer = (await input.getPreferredAllocation(offered, [...chosen], required)) ?? [];
    return answer.filter((id) => from.has(id));
  };
  if (needed < groups.aligned.size) {
    if (take(await getPreferredAllocation(groups.aligned))) return chosen;
    take(groups.aligned);
    return chosen;
  }
  if (take(groups.aligned)) return chosen;
  if (take(await getPreferredAllocation(available))) return chosen;
  if (take(groups.unaligned)) return chosen;
  take(groups.withoutNode);
  return chosen;
}

/** Sorts chosen devices by NUMA node; a device of two nodes appears under both. */
export function byNumaNode(
  ids: Iterable<string>,
  numaNodes: ReadonlyMap<string, readonly number[]>,
): Map<number, string[]> {
  const result = new Map<number, string[]>();
  for (const id of ids) {
    const nodes = numaNodes.get(id) ?? [];
    for (const node of nodes.length === 0 ? [withoutTopology] : nodes) {
      result.set(node, [...(result.get(node) ?? []), id]);
    }
  }
  return result;
}
