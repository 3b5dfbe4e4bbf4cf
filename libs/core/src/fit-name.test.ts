import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fitName, maxLabelLength, maxNameLength } from './fit-name.ts';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelValue = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Names of nodes as the API server takes them, most of them long. */
const nodeName = fc
  .array(fc.constantFrom('a', 'z', '0', '9', '-', '-', '.'), { minLength: 1, maxLength: maxNameLength })
  .map((characters) => characters.join(''))
  .filter((name) => subdomain.test(name));

const long = (length: number): string => 'n'.repeat(length);

test('a name that fits stays as it is', () => {
  expect(fitName(long(63), 63)).toBe(long(63));
});

test('a name that does not fit keeps its start, and a digest tells it from others that begin alike', () => {
  expect(fitName(long(64), 63)).toBe(`${long(52)}-ce068a195a`);
  expect(fitName(`${long(64)}x`, 63)).not.toBe(fitName(`${long(64)}y`, 63));
});

test('a name is not cut behind a dash or a dot', () => {
  expect(fitName(`${long(50)}--${long(40)}`, 63)).toMatch(new RegExp(`^${long(50)}-[0-9a-f]{10}$`));
});

test('any legal node name gives a legal label value and object name, the same each time', () => {
  fc.assert(
    fc.property(nodeName, (name) => {
      const value = fitName(name, maxLabelLength);
      expect(value.length).toBeLessThanOrEqual(maxLabelLength);
      expect(value).toMatch(labelValue);
      expect(`${fitName(name, 240)}-cxi10`).toMatch(subdomain);
      expect(fitName(name, maxLabelLength)).toBe(value);
    }),
    { numRuns: 1000 },
  );
});

test('different names stay different', () => {
  fc.assert(
    fc.property(fc.uniqueArray(nodeName, { minLength: 2, maxLength: 20 }), (names) => {
      const alike = names.map((name) => `${long(80)}${name}`.slice(0, maxNameLength));
      const fitted = new Set([...names, ...alike].map((name) => fitName(name, maxLabelLength)));
      expect(fitted.size).toBe(new Set([...names, ...alike]).size);
    }),
  );
});
