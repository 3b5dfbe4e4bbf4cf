import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { byNumaNode, groupByAffinity, type SelectionInput, selectDevices } from './selection.ts';

const none: ReadonlySet<string> = new Set();

function input(change: Partial<SelectionInput>): SelectionInput {
  return {
    ...{ resource: 'r', required: 1, reusable: none, healthy: none, inUse: none, hint: undefined },
    numaNodes: new Map(),
    getPreferredAllocation: () => Promise.resolve(undefined),
    ...change,
  };
}

test('without a word from the plugin devices are taken in natural order', async () => {
  const healthy = new Set(['d10', 'd2', 'd1']);
  expect([...(await selectDevices(input({ healthy, required: 2 })))]).toEqual(['d1', 'd2']);
});

test('devices in use are not allocated again', async () => {
  const healthy = new Set(['a', 'b']);
  expect([...(await selectDevices(input({ healthy, inUse: new Set(['a']) })))]).toEqual(['b']);
});

test('too few devices are an error that says how many there are', async () => {
  const selection = selectDevices(
    input({ healthy: new Set(['a', 'b']), inUse: new Set(['a']), required: 2 }),
  );
  await expect(selection).rejects.toMatchObject({
    code: 'ResourceExhausted',
    message: 'r: 2 devices requested but only 1 available',
  });
});

test('what the plugin prefers is taken, as far as it was on offer', async () => {
  const getPreferredAllocation = (): Promise<string[]> => Promise.resolve(['c', 'in-use', 'unknown', 'b']);
  const healthy = new Set(['a', 'b', 'c', 'in-use']);
  const chosen = await selectDevices(
    input({ healthy, inUse: new Set(['in-use']), required: 2, getPreferredAllocation }),
  );
  expect([...chosen]).toEqual(['b', 'c']);
});

test('a plugin that prefers too few is helped out', async () => {
  const getPreferredAllocation = (): Promise<string[]> => Promise.resolve(['c']);
  const chosen = await selectDevices(
    input({ healthy: new Set(['a', 'b', 'c']), required: 2, getPreferredAllocation }),
  );
  expect([...chosen].sort()).toEqual(['a', 'c']);
});

test('devices of an init container come first and the plugin is told to include them', async () => {
  const asked: unknown[] = [];
  const getPreferredAllocation: SelectionInput['getPreferredAllocation'] = (...question) => {
    asked.push(question);
    return Promise.resolve([]);
  };
  const healthy = new Set(['a', 'b', 'c']);
  const chosen = await selectDevices(
    input({ healthy, inUse: new Set(['b']), reusable: new Set(['b']), required: 2, getPreferredAllocation }),
  );
  expect([...chosen]).toEqual(['b', 'a']);
  expect(asked).toEqual([[['a', 'c', 'b'], ['b'], 2]]);
});

test('devices on the hinted NUMA node go before the others', async () => {
  const numaNodes = new Map([
    ['a', [0]],
    ['b', [1]],
    ['c', []],
  ]);
  const hint = { nodes: [1], preferred: true };
  const healthy = new Set(numaNodes.keys());
  expect([...(await selectDevices(input({ healthy, numaNodes, hint })))]).toEqual(['b']);
  expect([...(await selectDevices(input({ healthy, numaNodes, hint, required: 2 })))]).toEqual(['b', 'a']);
  expect(groupByAffinity(healthy, numaNodes, hint)).toEqual({
    aligned: new Set(['b']),
    unaligned: new Set(['a']),
    withoutNode: new Set(['c']),
  });
});

test('a device of two NUMA nodes is noted under both', () => {
  const numaNodes = new Map([['a', [0, 1]]]);
  expect(byNumaNode(['a', 'b'], numaNodes)).toEqual(
    new Map([
      [0, ['a']],
      [1, ['a']],
      [-1, ['b']],
    ]),
  );
});

test('whatever the plugin answers, exactly the required number of free devices is chosen', async () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const ids = fc.uniqueArray(id).map((list) => new Set(list));
  const numa = fc
    .dictionary(id, fc.uniqueArray(fc.nat(2), { maxLength: 2 }))
    .map((map) => new Map(Object.entries(map)));
  const hint = fc.option(fc.uniqueArray(fc.nat(2), { minLength: 1 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      ids,
      ids,
      fc.nat(6),
      numa,
      hint,
      fc.array(fc.string()),
      fc.uniqueArray(id),
      async (...drawn) => {
        const [healthy, used, required, numaNodes, nodes, odd, preferred] = drawn;
        const inUse = new Set([...used].filter((one) => healthy.has(one)));
        const free = [...healthy].filter((one) => !inUse.has(one));
        const getPreferredAllocation = (): Promise<string[]> => Promise.resolve([...odd, ...preferred]);
        const selection = selectDevices(
          input({
            ...{ healthy, inUse, required, numaNodes, getPreferredAllocation },
            hint: nodes === undefined ? undefined : { nodes, preferred: true },
          }),
        );
        if (free.length < required) await expect(selection).rejects.toThrow(/available/);
        else {
          const chosen = [...(await selection)];
          expect(chosen).toHaveLength(required);
          for (const one of chosen) expect(free).toContain(one);
        }
      },
    ),
  );
});
