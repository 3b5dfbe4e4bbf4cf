import { expect, test } from '@jest/globals';
import { HwError, ManualClock } from '@rackwright/core';
import type { CacheState } from './cache/index.ts';
import { CacheTurn } from './cache-turn.ts';
import { cacheWith } from './testing/told.ts';

const signal = new AbortController().signal;
const ready = cacheWith();
const made: CacheState = { ...ready, message: 'looked at anew' };

/** A cache that is looked after for as long as the test says. */
function turn(newest: CacheState) {
  const clock = new ManualClock();
  const looks: PromiseWithResolvers<CacheState>[] = [];
  let ends = 0;
  const it = new CacheTurn({
    reconcile: () => {
      const look = Promise.withResolvers<CacheState>();
      looks.push(look);
      return look.promise;
    },
    newest: () => newest,
    ended: () => {
      ends += 1;
    },
    clock,
  });
  return { it, clock, looks, ends: () => ends };
}

test('a cache that takes too long is taken to be as it was, looked after once, and told of when that is over', async () => {
  const { it, clock, looks, ends } = turn(ready);
  for (let i = 0; i < 2; i++) {
    const taken = it.take(signal);
    await clock.advance(5000);
    expect(await taken).toBe(ready);
  }
  expect([looks.length, ends()]).toEqual([1, 0]);
  looks[0]?.resolve(made);
  await clock.advance(0);
  expect(ends()).toBe(1);
  const next = it.take(signal);
  looks[1]?.resolve(made);
  expect(await next).toBe(made);
  expect([clock.waiting, ends()]).toEqual([0, 1]);
});

test('a cache that nobody uses yet is waited for until it is made', async () => {
  const { it, clock, looks } = turn({ ...ready, volumes: [] });
  const taken = it.take(signal);
  await clock.advance(3_600_000);
  looks[0]?.resolve(made);
  expect(await taken).toBe(made);
});

test('what ends a look in time ends the turn, and the next one begins anew', async () => {
  const { it, looks } = turn(ready);
  const taken = it.take(signal);
  looks[0]?.reject(new HwError('Internal', 'stopped'));
  await expect(taken).rejects.toThrow('stopped');
  void it.take(signal);
  expect(looks).toHaveLength(2);
});
