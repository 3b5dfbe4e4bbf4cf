import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareNatural } from './order.ts';

test('cxi10 comes after cxi2', () => {
  expect(['cxi10', 'cxi2', 'cxi0', 'cxi1'].sort(compareNatural)).toEqual(['cxi0', 'cxi1', 'cxi2', 'cxi10']);
});

const name = fc.string({ unit: fc.constantFrom('a', 'b', '0', '1', '9', '-'), maxLength: 8 });

test('the order is total: antisymmetric, transitive, and equal only for equal names', () => {
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(compareNatural(a, b)) + Math.sign(compareNatural(b, a))).toBe(0);
      expect(compareNatural(a, b) === 0).toBe(a === b);
      if (compareNatural(a, b) <= 0 && compareNatural(b, c) <= 0)
        expect(compareNatural(a, c)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 5000 },
  );
});

test('numbers longer than any integer compare by value', () => {
  expect(compareNatural(`x${'9'.repeat(40)}`, `x1${'0'.repeat(40)}`)).toBeLessThan(0);
});
