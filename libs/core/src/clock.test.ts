import { describe, expect, test } from '@jest/globals';
import { ManualClock, systemClock } from './clock.ts';

describe('ManualClock', () => {
  test('fires timers in the order they fall due, not the order they were set', async () => {
    const clock = new ManualClock(0);
    const seen: string[] = [];
    clock.timer(20, () => seen.push(`late at ${clock.now()}`));
    clock.timer(10, () => seen.push(`early at ${clock.now()}`));
    await clock.advance(30);
    expect(seen).toEqual(['early at 10', 'late at 20']);
    expect(clock.now()).toBe(30);
  });

  test('fires a timer that a fired timer set, within one advance', async () => {
    const clock = new ManualClock(0);
    const seen: number[] = [];
    clock.timer(10, () => clock.timer(10, () => seen.push(clock.now())));
    await clock.advance(25);
    expect(seen).toEqual([20]);
  });

  test('a disposed timer never fires', async () => {
    const clock = new ManualClock();
    let fired = false;
    clock
      .timer(5, () => {
        fired = true;
      })
      [Symbol.dispose]();
    await clock.advance(10);
    expect([fired, clock.waiting]).toEqual([false, 0]);
  });

  test('a sleep rejects with the reason of the signal and leaves no timer', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const sleep = clock.sleep(1000, controller.signal);
    controller.abort(new Error('stop'));
    await expect(sleep).rejects.toThrow('stop');
    expect(clock.waiting).toBe(0);
  });
});

test('the system clock sleeps, and refuses to with an aborted signal', async () => {
  const before = systemClock.monotonic();
  await systemClock.sleep(5);
  expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(4);
  await expect(systemClock.sleep(5, AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
});
