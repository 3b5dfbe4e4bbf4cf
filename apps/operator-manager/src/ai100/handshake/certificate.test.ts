import { expect, test } from '@jest/globals';
import { selfSignedCertificate } from '@rackwright/web';
import { isFit, pairOf, secretData } from './certificate.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const yearMs = 365 * 24 * 60 * 60 * 1000;
const host = `${'s'.repeat(60)}.${'n'.repeat(60)}`;

test('a certificate is fit for nine years, for its own name alone', async () => {
  const pair = await selfSignedCertificate(host, now);
  expect(isFit(pair, host, now)).toBe(true);
  expect(isFit(pair, 'other.ns', now)).toBe(false);
  expect(isFit(pair, host, now + 8.9 * yearMs)).toBe(true);
  expect(isFit(pair, host, now + 9.1 * yearMs)).toBe(false);
});

test('a Secret that holds none, or nonsense, has none that is fit', async () => {
  const pair = await selfSignedCertificate(host, now);
  expect(pairOf({ data: secretData(pair) })).toEqual(pair);
  expect(pairOf({})).toBeUndefined();
  expect(pairOf({ data: { 'tls.crt': '' } })).toBeUndefined();
  expect(isFit({ cert: 'x', key: 'y' }, host, now)).toBe(false);
});
