import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Backoff } from './backoff.ts';

test('waits double from the first to the limit and start again after a reset', () => {
  const backoff = new Backoff({ initialMs: 100, maxMs: 1000, jitter: 0 });
  expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([100, 200, 400, 800, 1000]);
  backoff.reset();
  expect(backoff.next()).toBe(100);
});

test('no wait is ever negative, endless or above the limit, however many there are', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (initialMs, maxMs, jitter, random) => {
        const backoff = new Backoff({ initialMs, maxMs, jitter }, () => random);
        for (let i = 0; i < 200; i++) {
          const wait = backoff.next();
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(maxMs);
        }
      },
    ),
    { numRuns: 100 },
  );
});
