import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mergeHints, type TopologyHint, topologyHints } from './topology.ts';

const none = new Set<string>();

function map(nodes: Record<string, readonly number[]>): ReadonlyMap<string, readonly number[]> {
  return new Map(Object.entries(nodes));
}

function best(
  policy: 'best-effort' | 'restricted' | 'single-numa-node',
  numa: Record<string, readonly number[]>,
  taken: readonly string[],
  request: number,
): { nodes: readonly number[] | undefined; admit: boolean } {
  const numaNodes = map(numa);
  const available = new Set([...numaNodes.keys()].filter((id) => !taken.includes(id)));
  const machineNodes = [0, 1, 2, 3];
  const hints = topologyHints({ numaNodes, available, reusable: none, request, machineNodes });
  const { hint, admit } = mergeHints(
    policy,
    [hints.length === 0 ? [{ nodes: undefined, preferred: false }] : hints],
    machineNodes,
  );
  return { nodes: hint.nodes, admit };
}

const four = { a0: [0], b0: [0], a1: [1], b1: [1] };

test('a request that fits on one node is served from the lowest such node', () => {
  expect(best('best-effort', four, [], 2)).toEqual({ nodes: [0], admit: true });
  expect(best('best-effort', four, ['a0'], 2)).toEqual({ nodes: [1], admit: true });
});

test('best effort takes two nodes when one has not enough left; the strict policies refuse', () => {
  expect(best('best-effort', four, ['a0', 'a1'], 2)).toEqual({ nodes: [0, 1], admit: true });
  expect(best('restricted', four, ['a0', 'a1'], 2).admit).toBe(false);
  expect(best('single-numa-node', four, ['a0', 'a1'], 2).admit).toBe(false);
});

test('restricted admits what never could fit on one node, single-numa-node does not', () => {
  expect(best('restricted', four, [], 3)).toEqual({ nodes: [0, 1], admit: true });
  expect(best('single-numa-node', four, [], 3).admit).toBe(false);
});

test('two resources meet on the node both can use', () => {
  const machineNodes = [0, 1];
  const hints = (numa: Record<string, readonly number[]>): TopologyHint[] =>
    topologyHints({
      numaNodes: map(numa),
      available: new Set(Object.keys(numa)),
      reusable: none,
      request: 1,
      machineNodes,
    });
  const lists = [hints({ x: [0], y: [1] }), hints({ z: [1] })];
  expect(mergeHints('single-numa-node', lists, machineNodes)).toEqual({
    hint: { nodes: [1], preferred: true },
    admit: true,
  });
});

test('resources that cannot meet are admitted by best effort only', () => {
  const machineNodes = [0, 1];
  const only = (node: number): TopologyHint[] => [{ nodes: [node], preferred: true }];
  expect(mergeHints('best-effort', [only(0), only(1)], machineNodes).admit).toBe(true);
  expect(mergeHints('restricted', [only(0), only(1)], machineNodes).admit).toBe(false);
});

test('devices given back by an init container must be on the chosen nodes', () => {
  const numaNodes = map(four);
  const hints = topologyHints({
    ...{ numaNodes, request: 2, machineNodes: [0, 1] },
    available: new Set(['b0', 'a1', 'b1']),
    reusable: new Set(['a0']),
  });
  expect(hints.map((hint) => hint.nodes)).toEqual([[0], [0, 1]]);
});

test('a container without devices is admitted by every policy', () => {
  for (const policy of ['none', 'best-effort', 'restricted', 'single-numa-node'] as const) {
    expect(mergeHints(policy, [], [0, 1]).admit).toBe(true);
  }
});

test('every hint has enough devices, and a preferred one is as small as any that ever could', () => {
  const numa = fc.dictionary(
    fc.string({ minLength: 1, maxLength: 2 }),
    fc.uniqueArray(fc.nat(3), { maxLength: 2 }),
    {
      maxKeys: 8,
    },
  );
  fc.assert(
    fc.property(numa, fc.integer({ min: 1, max: 5 }), fc.func(fc.boolean()), (nodes, request, isFree) => {
      const numaNodes = map(nodes);
      const available = new Set(Object.keys(nodes).filter((id) => isFree(id)));
      const hints = topologyHints({
        numaNodes,
        available,
        reusable: none,
        request,
        machineNodes: [0, 1, 2, 3],
      });
      for (const hint of hints) {
        const inside = [...available].filter((id) => nodes[id]?.some((node) => hint.nodes?.includes(node)));
        expect(inside.length).toBeGreaterThanOrEqual(request);
      }
      const sizes = new Set(hints.filter((hint) => hint.preferred).map((hint) => hint.nodes?.length));
      expect(sizes.size).toBeLessThanOrEqual(1);
      const [preferred] = sizes;
      for (const hint of hints)
        if (preferred !== undefined) expect(hint.nodes?.length).toBeGreaterThanOrEqual(preferred);
    }),
  );
});
