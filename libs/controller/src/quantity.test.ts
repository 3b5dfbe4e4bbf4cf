import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sameQuantity } from './quantity.ts';

test.each([
  ['100m', '0.1'],
  [0.1, '100m'],
  ['1', 1],
  ['1024Mi', '1Gi'],
  ['1e3', '1k'],
  ['1.5Gi', '1536Mi'],
  ['0.0000000001', '1n'],
  ['-500m', '-0.5'],
  ['2.', '2'],
  ['9007199254740993', '9007199254740993'],
])('%s and %s are the same', (a, b) => {
  expect(sameQuantity(a, b)).toBe(true);
});

test.each([
  ['100m', '100'],
  ['1G', '1Gi'],
  ['9007199254740992', '9007199254740993'],
  ['', '0'],
  ['.', '0'],
  ['1x', '1'],
  [undefined, '0'],
  [true, 1],
  [Number.NaN, '0'],
])('%s and %s are not', (a, b) => {
  expect(sameQuantity(a, b)).toBe(false);
});

test('any whole number of thousandths is the same written with and without a suffix', () => {
  fc.assert(
    fc.property(fc.integer(), (milli) => {
      const sign = milli < 0 ? '-' : '';
      const size = Math.abs(milli);
      const decimal = `${sign}${Math.floor(size / 1000)}.${String(size % 1000).padStart(3, '0')}`;
      expect(sameQuantity(`${milli}m`, decimal)).toBe(true);
      expect(sameQuantity(`${milli}m`, `${milli + 1}m`)).toBe(false);
    }),
  );
});

test('no text makes it throw', () => {
  fc.assert(fc.property(fc.string(), fc.anything(), (a, b) => typeof sameQuantity(a, b) === 'boolean'));
});
