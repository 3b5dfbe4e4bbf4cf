import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { claimOf, formatClaim, parseClaim } from './installation.ts';

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const installation = fc.record({
  namespace: label,
  name: fc.tuple(label, label).map((parts) => parts.join('.')),
  uid: fc.oneof(fc.uuid(), fc.constant('')),
});

test('a claim says the same after it was written and read', () => {
  fc.assert(fc.property(installation, (claim) => expect(parseClaim(formatClaim(claim))).toEqual(claim)));
});

test('a person may leave the uid of a claim out', () => {
  expect(parseClaim('other/operator')).toEqual({ namespace: 'other', name: 'operator', uid: '' });
});

test.each(['', 'operator', 'a/b/c/d', 'A/b', 'a/', '/b', 'a b/c'])('the text %j names nobody', (text) => {
  expect(parseClaim(text)).toBeUndefined();
});

test('no text breaks the reader', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseClaim(text)));
});

test('a CXIDriver without the annotation has no claim', () => {
  expect(claimOf({ metadata: { name: 'cxi', annotations: { a: 'b' } } })).toBeUndefined();
  expect(claimOf({})).toBeUndefined();
});
