import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import fc from 'fast-check';
import { TokenBucket } from './token-bucket.ts';

test('a burst goes through at once, then one per period', async () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket({ clock, ratePerSecond: 2, burst: 3 });
  expect(Array.from({ length: 5 }, () => bucket.reserve())).toEqual([0, 0, 0, 500, 1000]);
  await clock.advance(10_000);
  expect(Array.from({ length: 4 }, () => bucket.reserve())).toEqual([0, 0, 0, 500]);
});

test('whoever waits as told never exceeds burst plus rate times time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(2000), { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 10 }),
      async (pauses, ratePerSecond, burst) => {
        const clock = new ManualClock(0);
        const bucket = new TokenBucket({ clock, ratePerSecond, burst });
        const passes: number[] = [];
        for (const pause of pauses) {
          await clock.advance(pause);
          passes.push(clock.monotonic() + bucket.reserve());
        }
        for (const [i, at] of passes.entries())
          expect(i + 1).toBeLessThanOrEqual(burst + (at / 1000) * ratePerSecond + 1e-6);
      },
    ),
    { numRuns: 30 },
  );
});
