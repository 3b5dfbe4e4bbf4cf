import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { Bell } from './bell.ts';

const clock = new ManualClock();
const never = new AbortController().signal;

test('a ring while nobody waits is kept for the next waiter, once', async () => {
  const bell = new Bell();
  bell.ring();
  bell.ring();
  await bell.wait(clock, never);
  let woken = false;
  const second = bell.wait(clock, never).then(() => {
    woken = true;
  });
  await clock.advance(60_000);
  expect(woken).toBe(false);
  bell.ring();
  await second;
});

test('time or the end of the process wakes the waiter and leaves no timer', async () => {
  const bell = new Bell();
  const waiting = bell.wait(clock, never, 100);
  await clock.advance(100);
  await waiting;
  const end = new AbortController();
  const last = bell.wait(clock, end.signal, 100);
  end.abort();
  await last;
  await bell.wait(clock, end.signal);
  expect(clock.waiting).toBe(0);
});
