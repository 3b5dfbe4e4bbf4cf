import { expect, test } from '@jest/globals';
import { BoundedCalls } from './bounded-calls.ts';
import { ManualClock } from './clock.ts';

/** A call that returns when it is told to. */
function hang(): { readonly call: () => Promise<string>; readonly end: (text: string) => void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { call: () => promise, end: resolve };
}

test('a call that hangs fails at its deadline, is not made again, and others go on', async () => {
  const clock = new ManualClock();
  const calls = new BoundedCalls({ clock, deadlineMs: 5000 });
  const disk = hang();
  const first = calls.run('disk', disk.call);
  const failed = expect(first).rejects.toThrow('disk took longer than 5000 ms');
  await clock.advance(5000);
  await failed;
  await expect(calls.run('disk', async () => 'again')).rejects.toThrow('disk has not answered yet');
  expect(await calls.run('other', async () => 'well')).toBe('well');
  expect(calls.hanging).toBe(1);
  disk.end('late');
  await disk.call();
  expect(await calls.run('disk', async () => 'back')).toBe('back');
  expect(calls.hanging).toBe(0);
});

test('so many may hang that there is a thread left for the rest', async () => {
  const clock = new ManualClock();
  const calls = new BoundedCalls({ clock, deadlineMs: 1000, maxHanging: 1 });
  const failed = expect(calls.run('a', hang().call)).rejects.toMatchObject({ code: 'DeadlineExceeded' });
  await clock.advance(1000);
  await failed;
  await expect(calls.run('b', async () => 'well')).rejects.toThrow('b is not asked: 1 others hang');
});

test('a call that fails says why, and may be made again', async () => {
  const calls = new BoundedCalls({ clock: new ManualClock(), deadlineMs: 1000 });
  await expect(calls.run('a', () => Promise.reject(new Error('EIO')))).rejects.toThrow('EIO');
  expect(await calls.run('a', async () => 'well')).toBe('well');
});
