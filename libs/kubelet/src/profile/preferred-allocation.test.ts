import { describe, expect, test } from '@jest/globals';
import { compareNatural } from '@rackwright/core';
import fc from 'fast-check';
import { deviceOf } from './device-ids.ts';
import { type DeviceFacts, preferredIds } from './preferred-allocation.ts';

/** Eight NICs, two on each of four NUMA nodes. */
const facts = new Map<string, DeviceFacts>(
  Array.from({ length: 8 }, (_, i) => [`cxi${i}`, { numaNode: i >> 1, load: 0 }]),
);
const loaded = (loads: Record<string, number>): Map<string, DeviceFacts> =>
  new Map([...facts].map(([name, fact]) => [name, { ...fact, load: loads[name] ?? 0 }]));
const nics = (...numbers: number[]): string[] => numbers.map((number) => `cxi${number}`);
const slots = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, k) => `${name}::${k}`);

describe('exclusive NICs', () => {
  const all = nics(0, 1, 2, 3, 4, 5, 6, 7);
  const ask = (available: string[], mustInclude: string[], size: number): readonly string[] =>
    preferredIds({ available, mustInclude, size }, facts);

  test('two NICs come from one NUMA node', () => {
    expect(ask(all, [], 2)).toEqual(nics(0, 1));
    expect(ask(nics(1, 2, 3), [], 2)).toEqual(nics(2, 3));
  });

  test('one NIC comes from the node that is already broken up, so that pairs stay', () => {
    expect(ask(nics(0, 1, 3, 4, 5), [], 1)).toEqual(nics(3));
  });

  test('an included NIC draws the others to its node', () => {
    expect(ask(all, nics(5), 2)).toEqual(nics(4, 5));
    expect(ask(all, nics(5), 3)).toEqual(nics(0, 4, 5));
  });

  test('a NIC of unknown node is used, last', () => {
    const some = new Map<string, DeviceFacts>([['cxi9', { load: 0 }], ...facts]);
    expect(preferredIds({ available: ['cxi9', 'cxi3'], mustInclude: [], size: 1 }, some)).toEqual(nics(3));
    expect(preferredIds({ available: ['cxi9', 'cxi3'], mustInclude: [], size: 2 }, some)).toEqual(nics(3, 9));
  });
});

describe('shared NICs', () => {
  const all = nics(0, 1, 2, 3).flatMap((name) => slots(name, 4));
  const ask = (size: number, loads = {}, mustInclude: string[] = []): readonly string[] =>
    preferredIds({ available: all, mustInclude, size }, loaded(loads));

  test('several ids are several NICs, not slots of one', () => {
    expect(ask(2)).toEqual(['cxi0::0', 'cxi1::0']);
    expect(ask(4)).toEqual(['cxi0::0', 'cxi1::0', 'cxi2::0', 'cxi3::0']);
  });

  test('more ids than NICs go round evenly', () => {
    expect(ask(6)).toEqual(['cxi0::0', 'cxi0::1', 'cxi1::0', 'cxi1::1', 'cxi2::0', 'cxi3::0']);
  });

  test('the NIC fewest pods use comes first, but one node is kept for a pair', () => {
    expect(ask(1, { cxi0: 2, cxi1: 2, cxi2: 1, cxi3: 0 })).toEqual(['cxi3::0']);
    expect(ask(2, { cxi0: 0, cxi1: 3, cxi2: 1, cxi3: 1 })).toEqual(['cxi2::0', 'cxi3::0']);
  });

  test('an included slot counts as its NIC', () => {
    expect(ask(2, {}, ['cxi2::3'])).toEqual(['cxi2::3', 'cxi3::0']);
  });
});

describe('whatever is asked', () => {
  const world = fc
    .record({
      nodes: fc.array(fc.option(fc.nat(3), { nil: undefined }), { minLength: 1, maxLength: 6 }),
      perNic: fc.integer({ min: 1, max: 4 }),
      loads: fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }),
      keep: fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
      must: fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
      size: fc.integer({ min: 1, max: 24 }),
      exclusive: fc.boolean(),
    })
    .map(({ nodes, perNic, loads, keep, must, size, exclusive }) => {
      const known = new Map<string, DeviceFacts>(
        nodes.map((numaNode, i) => [`cxi${i}`, { numaNode, load: loads[i] ?? 0 }]),
      );
      const ids = [...known.keys()].flatMap((name) => (exclusive ? [name] : slots(name, perNic)));
      const available = ids.filter((_, i) => keep[i]);
      const mustInclude = available.filter((_, i) => must[i]).slice(0, size);
      return { known, available, mustInclude, size };
    });

  test('the answer is part of what is free, holds what must be in it, and has the size asked for if it can', () => {
    fc.assert(
      fc.property(world, ({ known, ...request }) => {
        const answer = preferredIds(request, known);
        expect(answer).toHaveLength(Math.min(request.size, request.available.length));
        expect(new Set(answer).size).toBe(answer.length);
        expect(request.available).toEqual(expect.arrayContaining([...answer]));
        expect(answer).toEqual(expect.arrayContaining([...request.mustInclude]));
      }),
    );
  });

  test('as many different NICs as possible', () => {
    fc.assert(
      fc.property(world, ({ known, ...request }) => {
        const answer = preferredIds(request, known);
        const free = new Set(request.available.map(deviceOf)).size;
        const repeated = request.mustInclude.length - new Set(request.mustInclude.map(deviceOf)).size;
        expect(new Set(answer.map(deviceOf)).size).toBe(Math.min(free, answer.length - repeated));
      }),
    );
  });

  test('on as few NUMA nodes as any other choice of that many NICs', () => {
    fc.assert(
      fc.property(world, ({ known, ...request }) => {
        const nodeOf = (id: string) => known.get(deviceOf(id))?.numaNode;
        const answer = preferredIds(request, known);
        const names = new Set(answer.map(deviceOf));
        const must = new Set(request.mustInclude.map(deviceOf));
        const free = [...new Set(request.available.map(deviceOf))];
        const fewest = Math.min(
          ...subsets(free)
            .filter((some) => some.length === names.size && [...must].every((name) => some.includes(name)))
            .map((some) => new Set(some.map(nodeOf)).size),
        );
        expect(new Set(answer.map(nodeOf)).size).toBe(request.available.length === 0 ? 0 : fewest);
      }),
    );
  });

  test('the order of the question does not matter', () => {
    fc.assert(
      fc.property(world, fc.func(fc.nat()), ({ known, ...request }, key) => {
        const shuffled = [...request.available].sort((a, b) => key(a) - key(b) || compareNatural(b, a));
        const answer = preferredIds(request, known);
        expect(preferredIds({ ...request, available: shuffled }, known)).toEqual(answer);
        expect(answer).toEqual([...answer].sort(compareNatural));
      }),
    );
  });

  test('no NIC is given a second time while a free one has fewer', () => {
    fc.assert(
      fc.property(world, ({ known, ...request }) => {
        const answer = preferredIds({ ...request, mustInclude: [] }, known);
        const count = (name: string, ids: readonly string[]): number =>
          ids.filter((id) => deviceOf(id) === name).length;
        const names = [...known.keys()];
        for (const a of names) {
          for (const b of names) {
            const spare = count(b, request.available) > count(b, answer);
            if (spare) expect(count(a, answer)).toBeLessThanOrEqual(count(b, answer) + 1);
          }
        }
      }),
    );
  });
});

function subsets(names: readonly string[]): string[][] {
  const all: string[][] = [[]];
  for (const name of names) all.push(...all.map((some) => [...some, name]));
  return all;
}
