import { expect, test } from '@jest/globals';
import { ManualClock } from './clock.ts';
import { withDeadline } from './deadline.ts';

test('work that ignores its signal is given up when the time is over', async () => {
  const clock = new ManualClock();
  let signal: AbortSignal | undefined;
  const result = withDeadline(clock, 100, 'reading stats', (s) => {
    signal = s;
    return new Promise<never>(() => undefined);
  });
  const outcome = expect(result).rejects.toMatchObject({
    code: 'DeadlineExceeded',
    message: 'reading stats took longer than 100 ms',
  });
  await clock.advance(100);
  await outcome;
  expect(signal?.aborted).toBe(true);
});

test('work in time passes its result and leaves no timer', async () => {
  const clock = new ManualClock();
  await expect(withDeadline(clock, 100, 'x', async () => 7)).resolves.toBe(7);
  expect(clock.waiting).toBe(0);
});

test('the parent signal ends the work with its own reason', async () => {
  const parent = new AbortController();
  const result = withDeadline(
    new ManualClock(),
    100,
    'x',
    () => new Promise<never>(() => undefined),
    parent.signal,
  );
  parent.abort(new Error('shutdown'));
  await expect(result).rejects.toThrow('shutdown');
});
