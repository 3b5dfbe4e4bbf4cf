import { expect, test } from '@jest/globals';
import { Latest } from './latest.ts';

test('listeners hear of changes only, until disposed', () => {
  const latest = new Latest(1);
  const seen: number[] = [];
  const subscription = latest.subscribe((value) => seen.push(value));
  latest.set(1);
  latest.set(2);
  subscription[Symbol.dispose]();
  latest.set(3);
  expect([seen, latest.value, latest.version]).toEqual([[2], 3, 2]);
});

test('until resolves with the value that satisfies it, now or later', async () => {
  const latest = new Latest(1);
  await expect(latest.until((v) => v === 1)).resolves.toBe(1);
  const later = latest.until((v) => v > 2);
  latest.set(2);
  latest.set(3);
  await expect(later).resolves.toBe(3);
});

test('until gives up with the signal', async () => {
  const controller = new AbortController();
  const waiting = new Latest(1).until((v) => v === 2, controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
