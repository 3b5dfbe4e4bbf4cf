import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRetryAfter } from './retry-after.ts';

const now = Date.UTC(2026, 0, 1);

test.each([
  ['0', 0],
  ['5', 5000],
  [' 86400 ', 86_400_000],
  ['99999999999999', 99_999_999_999_999_000],
  ['Thu, 01 Jan 2026 00:00:10 GMT', 10_000],
  ['Thursday, 01-Jan-26 00:00:10 GMT', 10_000],
  ['Thu Jan  1 00:00:10 2026 GMT', 10_000],
  ['Wed, 31 Dec 2025 00:00:10 GMT', 0],
])('Retry-After: %s is a wait of %d ms', (header, ms) => expect(parseRetryAfter(header, now)).toBe(ms));

test.each([undefined, '', '-5', '1.5', '5s', 'NaN', 'Infinity', '1e9', '0x10', 'soon', 'Thu, nonsense'])(
  'Retry-After: %s is no wait',
  (header) => expect(parseRetryAfter(header, now)).toBeUndefined(),
);

test('a date as HTTP writes it is the time until then, whatever the date', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), (seconds) => {
      const header = new Date(now + seconds * 1000).toUTCString();
      expect(parseRetryAfter(header, now)).toBe(Math.max(0, seconds * 1000));
    }),
  );
});
