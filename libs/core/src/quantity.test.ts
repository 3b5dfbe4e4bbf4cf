import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityNumber,
  readQuantity,
  sameQuantity,
  wholeUnits,
} from './quantity.ts';

/** What k8s.io/apimachinery 0.36.3 says: a text, its canonical form, another text, their sum, how they compare. */
type Fact = readonly [text: string, canonical: string, other: string, sum: string, order: number];
const facts = JSON.parse(
  await readFile(new URL('testdata/quantities.json', import.meta.url), 'utf8'),
) as readonly Fact[];

test('every text means to us what it means to Kubernetes: canonical form, sum and order', () => {
  const ours = facts.map(([text, , other]): Fact => {
    const [a, b] = [parseQuantity(text), parseQuantity(other)];
    const sum = formatQuantity(addQuantities(a, b));
    return [text, formatQuantity(a), other, sum, compareQuantities(a, b)];
  });
  expect(ours).toEqual(facts);
  expect(facts.length).toBeGreaterThan(800);
});

test.each([
  ['2', 2],
  ['64Mi', 67_108_864],
  ['100m', 0.1],
  ['1.5G', 1.5e9],
  ['1e3', 1000],
  ['1E', 1e18],
  ['1E3', 1000],
  [0.05, 0.05],
  [1e21, 1e21],
])('%p is %p as a number', (text, value) => expect(quantityNumber(parseQuantity(text))).toBe(value));

test.each([
  ['16Ei', 9_223_372_036_854_775_807n],
  ['12E', 12_000_000_000_000_000_000n],
  ['9007199254740993', 9_007_199_254_740_993n],
  ['1500m', 2n],
  ['1n', 1n],
  ['-1500m', -1n],
])('%s is %d whole units, rounded up', (text, units) => expect(wholeUnits(parseQuantity(text))).toBe(units));

test.each([
  '',
  'Mi',
  '1mi',
  '1 Gi',
  ' 1',
  '--1',
  '0x10',
  '.',
  '+',
  'e3',
  '1e',
  '1e1.5',
  '1Kim',
  '1i',
  '1e1000',
  '1'.repeat(129),
  'NaN',
])('refuses %p', (text) => {
  expect(() => parseQuantity(text, 'memory')).toThrow(/^memory: ".*" is not a quantity$/);
});

test('a size beyond all suffixes is written with an exponent, and nothing of it is lost', () => {
  expect(formatQuantity(parseQuantity('1000E'))).toBe('1e21');
  expect(formatQuantity(parseQuantity('1e-900'))).toBe('1e-9');
  expect(formatQuantity(parseQuantity('0e99999999999'))).toBe('0');
});

describe('sizes are compared', () => {
  test.each([
    ['100m', '0.1'],
    [0.1, '100m'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.0000000001', '1n'],
    ['-500m', '-0.5'],
    ['2.', '2'],
    ['1e3', '1k'],
    ['no quantity', 'no quantity'],
  ])('%s and %s are the same', (a, b) => expect(sameQuantity(a, b)).toBe(true));

  test.each([
    ['100m', '100'],
    ['1G', '1Gi'],
    ['9007199254740992', '9007199254740993'],
    ['', '0'],
    ['1x', '1'],
    [undefined, '0'],
    [true, 1],
    [Number.NaN, '0'],
  ])('%s and %s are not', (a, b) => expect(sameQuantity(a, b)).toBe(false));
});

const text = fc
  .tuple(
    fc.constantFrom('', '+', '-'),
    fc.bigInt({ min: 0n, max: 2n ** 70n }),
    fc.option(fc.bigInt({ min: 0n, max: 10n ** 12n })),
    fc.constantFrom(
      'n',
      'u',
      'm',
      '',
      'k',
      'M',
      'G',
      'T',
      'P',
      'E',
      'Ki',
      'Mi',
      'Gi',
      'Ti',
      'Pi',
      'Ei',
      'e5',
    ),
  )
  .map(
    ([sign, whole, fraction, suffix]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${suffix}`,
  );
const quantity = text.map((written) => parseQuantity(written));

test('the canonical form is the same size, has no fraction, and is its own canonical form', () => {
  fc.assert(
    fc.property(quantity, (value) => {
      const canonical = formatQuantity(value);
      expect(canonical).toMatch(/^-?[1-9]\d*([numkMGTPE]|[KMGTPE]i|e-?\d+)?$|^0$/);
      expect(parseQuantity(canonical).nanos).toBe(value.nanos);
      expect(formatQuantity(parseQuantity(canonical))).toBe(canonical);
    }),
  );
});

test('order and sum are those of the sizes', () => {
  fc.assert(
    fc.property(quantity, quantity, quantity, (a, b, c) => {
      expect(compareQuantities(a, b)).toBe(-compareQuantities(b, a) + 0);
      expect(addQuantities(a, b).nanos).toBe(addQuantities(b, a).nanos);
      expect(compareQuantities(addQuantities(a, c), addQuantities(b, c))).toBe(compareQuantities(a, b));
    }),
  );
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.anything(), (a, b) => {
      readQuantity(a);
      expect(typeof sameQuantity(a, b)).toBe('boolean');
    }),
  );
});
