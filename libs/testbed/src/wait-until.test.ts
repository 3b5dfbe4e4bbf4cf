import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { waitUntil } from './wait-until.ts';

test('returns the first value that is there, after errors and absences', async () => {
  const clock = new ManualClock();
  const answers = [
    () => undefined,
    () => Promise.reject(new Error('refused')),
    () => false as const,
    () => 'there',
  ];
  const waiting = waitUntil('an answer', () => answers.shift()?.(), { clock });
  await clock.advance(1000);
  await expect(waiting).resolves.toBe('there');
});

test('gives up after the deadline and says what was waited for and the last error', async () => {
  const clock = new ManualClock();
  const waiting = waitUntil('the node to be Ready', () => Promise.reject(new Error('refused')), {
    clock,
    deadlineMs: 1000,
  });
  const outcome = expect(waiting).rejects.toThrow('waited 1 s for the node to be Ready; last: refused');
  await clock.advance(2000);
  await outcome;
});
