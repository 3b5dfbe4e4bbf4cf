import { expect, test } from '@jest/globals';
import { HwError } from '@rackwright/core';
import fc from 'fast-check';
import { redact, redactFields, redactText } from './redact.ts';

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl';

test.each([
  'token',
  'bearerToken',
  'clientSecret',
  'PASSWORD',
  'Authorization',
  'set-cookie',
  'privateKey',
  'api_key',
])('a value under %s is not shown, at any depth', (key) => {
  expect(redactFields({ outer: [{ [key]: 'hunter2' }] })).toEqual({ outer: [{ [key]: '[redacted]' }] });
});

test('whether a secret is set may be shown', () => {
  expect(redactFields({ token: undefined, secret: null, hasToken: true })).toEqual({
    token: undefined,
    secret: null,
    hasToken: true,
  });
});

test('tokens and private keys inside texts and errors are not shown', () => {
  expect(redactText(`got ${jwt}!`)).toBe('got [redacted]!');
  expect(redactText('Authorization: Bearer abcdefgh12345')).toBe('Authorization: [redacted]');
  expect(redactText('-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----')).toBe(
    '[redacted]',
  );
  expect(redact(new HwError('Forbidden', 'refused', { cause: new Error(`with ${jwt}`) }))).toBe(
    'refused: with [redacted]',
  );
});

test('odd values become something JSON can hold', () => {
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  expect(JSON.stringify(redact(loop))).toContain('[deep]');
  expect(
    redact({ big: 10n, when: new Date(0), bad: new Date(Number.NaN), bytes: new Uint8Array(3) }),
  ).toEqual({
    big: '10',
    when: '1970-01-01T00:00:00.000Z',
    bad: 'Invalid Date',
    bytes: '[3 bytes]',
  });
  expect(redact(new Map([['a', new Set([1])]]))).toEqual([['a', [1]]]);
  expect(redact(Symbol('x'))).toBe('Symbol(x)');
  expect(redactText('x'.repeat(9000))).toMatch(/^x{8192}… \(9000 characters\)$/);
});

test('no token gets through, wherever it sits in a field', () => {
  const part = fc.stringMatching(/^[A-Za-z0-9_-]{8,40}$/);
  const token = fc.tuple(part, part, part).map((parts) => `eyJ${parts.join('.')}`);
  const wrap = fc.func(
    fc.constantFrom<(value: unknown) => unknown>(
      (v) => [v],
      (v) => ({ field: v }),
      (v) => `a ${v} b`,
    ),
  );
  fc.assert(
    fc.property(token, fc.array(wrap, { maxLength: 4 }), (secret, wraps) => {
      const value = wraps.reduce<unknown>((inner, layer) => layer(inner)(inner), secret);
      expect(JSON.stringify(redact(value)) ?? '').not.toContain(secret);
    }),
  );
});

test('any value at all can be logged', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }), (value) => {
      expect(() => JSON.stringify(redactFields({ value }))).not.toThrow();
    }),
  );
});
