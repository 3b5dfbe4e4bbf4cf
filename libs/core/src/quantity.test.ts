import { expect, test } from '@jest/globals';
import { parseQuantity } from './quantity.ts';

test.each([
  ['2', 2],
  ['64Mi', 67_108_864],
  ['100m', 0.1],
  ['1.5G', 1.5e9],
  ['1e3', 1000],
  ['1E', 1e18],
  ['1E3', 1000],
])('reads %s', (text, value) => expect(parseQuantity(text)).toBeCloseTo(value, 6));

test.each(['', 'Mi', '1mi', '1 Gi', '--1', '0x10'])('refuses %p', (text) =>
  expect(() => parseQuantity(text, 'memory')).toThrow(/memory/),
);
