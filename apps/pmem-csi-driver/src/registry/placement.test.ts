import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { candidatesOf } from './placement.ts';

const key = 'pmem-csi.intel.com/node';
const nodes = ['a', 'b', 'c'].map((id) => ({ id }));
const at = (...names: string[]) => names.map((name) => ({ segments: { [key]: name } }));
const idsOf = (preferred: string[], requisite: string[]): string[] =>
  candidatesOf({ preferred: at(...preferred), requisite: at(...requisite) }, key, nodes).map(({ id }) => id);

test('preferred nodes come first, then the others that will do, and without a wish all', () => {
  expect(idsOf(['c'], ['a', 'c'])).toEqual(['c', 'a']);
  expect(idsOf([], ['b'])).toEqual(['b']);
  expect(idsOf(['gone'], ['gone'])).toEqual([]);
  expect(candidatesOf(undefined, key, nodes)).toEqual(nodes);
  expect(candidatesOf({ preferred: [], requisite: [{ segments: { zone: '1' } }] }, key, nodes)).toEqual(
    nodes,
  );
});

test('whatever is asked for, no node is tried twice and none that was not asked for', () => {
  const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd'));
  fc.assert(
    fc.property(names, names, (preferred, requisite) => {
      const ids = idsOf(preferred, requisite);
      expect(new Set(ids).size).toBe(ids.length);
      const asked = [...preferred, ...requisite];
      const wanted = asked.length === 0 ? ['a', 'b', 'c'] : asked.filter((name) => name !== 'd');
      expect(new Set(ids)).toEqual(new Set(wanted));
    }),
  );
});
