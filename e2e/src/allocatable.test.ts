import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { watchNumber } from './allocatable.ts';

/** Looks `answers.length` times, at each of which `answers` says what is read. */
async function watch(answers: readonly (() => number)[]): Promise<{ zeroMs: number; looks: number }> {
  const clock = new ManualClock();
  const rest = [...answers];
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const read = async (): Promise<number> => {
    await Promise.resolve();
    const answer = rest.shift();
    if (answer === undefined) {
      resolve();
      return 1;
    }
    return answer();
  };
  const watching = watchNumber({ clock, read }, () => enough);
  for (const _ of answers) await clock.advance(50);
  return watching;
}

const away = (): number => {
  throw new Error('connect ECONNREFUSED');
};

test('an API server that is away while it is watched counts as no look, and fails nothing', async () => {
  expect(await watch([() => 2, away, away, () => 2])).toMatchObject({ zeroMs: 0 });
});

test('the time for which there was nothing is counted', async () => {
  expect(await watch([() => 2, () => 0, () => 0, () => 2])).toMatchObject({ zeroMs: 100 });
});

test('what is done meanwhile fails with its own words', async () => {
  const failing = (): Promise<void> => Promise.reject(new Error('helm upgrade: no'));
  await expect(watchNumber({ clock: new ManualClock(), read: async () => away() }, failing)).rejects.toThrow(
    'helm upgrade: no',
  );
});
