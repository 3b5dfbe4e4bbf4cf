import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { commonValue, gigabytes, labelValue } from './label-value.ts';

test.each([
  ['PASCARI AI100E', 'PASCARI-AI100E'],
  ['  x  y ', 'x-y'],
  ['---', undefined],
  ['', undefined],
  ['EIFZ00.1', 'EIFZ00.1'],
])('%j as the value of a label is %j', (text, value) => {
  expect(labelValue(text)).toBe(value);
});

test('whatever the text is, the API server takes the value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const value = labelValue(text);
      expect(value ?? 'a').toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
    }),
  );
});

test('what differs, or is known of some only, is mixed', () => {
  expect([commonValue(['a', 'a']), commonValue(['a', 'b']), commonValue(['a', undefined])]).toEqual([
    'a',
    'mixed',
    'mixed',
  ]);
  expect(commonValue([undefined])).toBeUndefined();
});

test('gigabytes are of 10^9 bytes, and exact beyond 2^53', () => {
  expect(gigabytes(1_999_999_999n)).toBe('1');
  expect(gigabytes(9_007_199_254_740_993_000_000_000n)).toBe('9007199254740993');
});
