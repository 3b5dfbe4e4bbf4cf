import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { extendedResourceName, isExtendedResourceName } from './resource-name.ts';

const label = (length: number): string => 'd'.repeat(length);
/** A domain of just so many characters, of labels a DNS server would take. */
const domain = (length: number): string =>
  `${`${label(60)}.`.repeat(5).slice(0, length - 1)}d`.replaceAll('.d.', '.dd');

describe('names of extended resources', () => {
  test.each([
    'hpe.com/cxi',
    'beta.hpe.com/cxi',
    'a/b',
    'example/A_b.c-9',
    `hpe.com/${'x'.repeat(63)}`,
    `${domain(244)}/${'x'.repeat(63)}`,
  ])('%s is one', (name) => expect(isExtendedResourceName(name)).toBe(true));

  test.each([
    ['no domain', 'cxi'],
    ['an empty domain', '/cxi'],
    ['an empty name', 'hpe.com/'],
    ['two slashes', 'hpe.com/cxi/0'],
    ['capitals in the domain', 'HPE.com/cxi'],
    ['an underscore in the domain', 'hpe_x.com/cxi'],
    ['an empty label', 'hpe..com/cxi'],
    ['a label that ends in a dash', 'hpe-.com/cxi'],
    ['a name of 64 characters', `hpe.com/${'x'.repeat(64)}`],
    ['a name that ends in a dash', 'hpe.com/cxi-'],
    ['a domain too long for a quota', `${domain(245)}/cxi`],
    ['a quota', 'requests.hpe.com/cxi'],
    ['a domain of Kubernetes', 'kubernetes.io/cxi'],
    ['a domain below one of Kubernetes', 'x.kubernetes.io/cxi'],
    ['a domain that ends like one of Kubernetes', 'mykubernetes.io/cxi'],
    ['a line break at the end', 'hpe.com/cxi\n'],
  ])('%s is none', (_, name) => expect(isExtendedResourceName(name)).toBe(false));

  test('what is one fits the bound and, as a quota, is a qualified name', () => {
    const part = fc.string({ unit: fc.constantFrom(...'ab-._/A9'), minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(part, part, (left, right) => {
        const name = `${left}/${right}`;
        fc.pre(isExtendedResourceName(name));
        expect(name.length).toBeLessThanOrEqual(extendedResourceName.maxLength);
        expect(`requests.${name}`.split('/').map((text) => text.length <= 253)).toEqual([true, true]);
        expect(right).toMatch(/^[A-Za-z0-9][-A-Za-z0-9_.]*$/);
      }),
      { numRuns: 200 },
    );
  });

  test('a text of any length is checked', () => {
    expect(isExtendedResourceName(`${'a-'.repeat(1_000_000)}/x`)).toBe(false);
  });
});
