import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { Notifier } from './notifier.ts';

const clock = new ManualClock();
const never = new AbortController().signal;

test('a notification while nobody waits wakes the next waiter, once', async () => {
  const notifier = new Notifier();
  notifier.notify();
  notifier.notify();
  await notifier.wait(clock, never);
  let woken = false;
  const second = notifier.wait(clock, never).then(() => {
    woken = true;
  });
  await clock.advance(60_000);
  expect(woken).toBe(false);
  notifier.notify();
  await second;
});

test('time or the end of the process wakes the waiter and leaves no timer', async () => {
  const notifier = new Notifier();
  const waiting = notifier.wait(clock, never, 100);
  await clock.advance(100);
  await waiting;
  const end = new AbortController();
  const last = notifier.wait(clock, end.signal, 100);
  end.abort();
  await last;
  await notifier.wait(clock, end.signal);
  expect(clock.waiting).toBe(0);
});
