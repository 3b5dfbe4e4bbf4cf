import { HwError } from '@rackwright/core';

/** The kubelet's `topologyManagerPolicy`; container scope only. */
export type TopologyPolicy = 'none' | 'best-effort' | 'restricted' | 'single-numa-node';

/** A set of NUMA nodes a request could be met from. */
export interface TopologyHint {
  /** Sorted; undefined when any node will do. */
  readonly nodes: readonly number[] | undefined;
  readonly preferred: boolean;
}

/** What hints for one resource are made of. */
export interface HintInput {
  /** NUMA nodes of every device of the resource, by id. */
  readonly numaNodes: ReadonlyMap<string, readonly number[]>;
  /** Devices that may be allocated. */
  readonly available: ReadonlySet<string>;
  /** Devices an init container of the pod gave back. */
  readonly reusable: ReadonlySet<string>;
  readonly request: number;
  /** The machine's NUMA nodes. */
  readonly machineNodes: readonly number[];
}

/** Every combination of NUMA nodes that can serve the request; the smallest are preferred. */
export function topologyHints(input: HintInput): TopologyHint[] {
  const { numaNodes, available, reusable, request } = input;
  const known = new Set([...numaNodes.values()].flat().filter((node) => input.machineNodes.includes(node)));
  const nodes = known.size === 0 ? [...input.machineNodes] : [...known].sort((a, b) => a - b);
  const within = (id: string, mask: readonly number[]): boolean =>
    (numaNodes.get(id) ?? []).some((node) => mask.includes(node));
  const count = (ids: Iterable<string>, mask: readonly number[]): number =>
    [...ids].filter((id) => within(id, mask)).length;

  let smallest = nodes.length;
  const fitting: (readonly number[])[] = [];
  for (const mask of combinations(nodes)) {
    if (count(numaNodes.keys(), mask) >= request) smallest = Math.min(smallest, mask.length);
    const bound = [...reusable].filter((id) => (numaNodes.get(id) ?? []).length > 0);
    if (!bound.every((id) => within(id, mask))) continue;
    if (bound.length + count(available, mask) >= request) fitting.push(mask);
  }
  return fitting.map((mask) => ({ nodes: mask, preferred: mask.length === smallest }));
}

/** The hint that suits all resources of a container best, and whether the policy admits the pod with it. */
export function mergeHints(
  policy: TopologyPolicy,
  perResource: readonly (readonly TopologyHint[])[],
  machineNodes: readonly number[],
): { hint: TopologyHint; admit: boolean } {
  if (policy === 'none') return { hint: { nodes: undefined, preferred: true }, admit: true };
  const lists = policy === 'single-numa-node' ? perResource.map(singleNode) : perResource;
  // Best effort among unpreferred hints: as wide as the resource that needs most nodes.
  const target = Math.max(0, ...lists.map(narrowestSize).filter(Number.isFinite));
  let best: TopologyHint | undefined;
  for (const choice of product(lists)) {
    const merged = intersect(choice, machineNodes);
    if ((merged.nodes ?? []).length > 0 && (best === undefined || better(merged, best, target)))
      best = merged;
  }
  const hint = best ?? { nodes: machineNodes, preferred: false };
  return { hint, admit: policy === 'best-effort' || hint.preferred };
}

function narrowestSize(hints: readonly TopologyHint[]): number {
  return Math.min(...hints.map((hint) => hint.nodes?.length ?? Number.POSITIVE_INFINITY));
}

function singleNode(hints: readonly TopologyHint[]): TopologyHint[] {
  return hints.filter((hint) => hint.preferred && (hint.nodes === undefined || hint.nodes.length === 1));
}

function intersect(choice: readonly TopologyHint[], machineNodes: readonly number[]): TopologyHint {
  const masks = choice.flatMap((hint) => (hint.nodes === undefined ? [] : [hint.nodes]));
  const nodes = masks.reduce((all, mask) => all.filter((node) => mask.includes(node)), machineNodes);
  const equal = masks.every((mask) => mask.join() === masks[0]?.join());
  return { nodes, preferred: equal && choice.every((hint) => hint.preferred) };
}

function better(candidate: TopologyHint, best: TopologyHint, target: number): boolean {
  if (candidate.preferred !== best.preferred) return candidate.preferred;
  const [c, b] = [size(candidate), size(best)];
  if (candidate.preferred || b > target || b === c) return narrower(candidate, best);
  if (b === target || c > target) return false;
  return c > b;
}

/** Fewer nodes first, then lower node numbers. */
function narrower(a: TopologyHint, b: TopologyHint): boolean {
  if (size(a) !== size(b)) return size(a) < size(b);
  const mask = (hint: TopologyHint): number => (hint.nodes ?? []).reduce((sum, node) => sum + 2 ** node, 0);
  return mask(a) < mask(b);
}

function size(hint: TopologyHint): number {
  return hint.nodes?.length ?? 0;
}

/** Every non-empty subset, smaller ones first. */
function combinations(nodes: readonly number[]): (readonly number[])[] {
  if (nodes.length > 16) throw new HwError('InvalidArgument', 'more than 16 NUMA nodes with devices');
  const all = Array.from({ length: 2 ** nodes.length - 1 }, (_, i) =>
    nodes.filter((_node, bit) => ((i + 1) >> bit) & 1),
  );
  return all.sort((a, b) => a.length - b.length);
}

function* product<T>(lists: readonly (readonly T[])[]): Generator<T[]> {
  const [first, ...rest] = lists;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const head of first) for (const tail of product(rest)) yield [head, ...tail];
}
