import { expect, test } from '@jest/globals';
import { StartBackoff } from './start-backoff.ts';

function backoff(): StartBackoff {
  return new StartBackoff({ initialMs: 10_000, maxMs: 300_000, resetMs: 600_000 });
}

test('waits double from ten seconds to five minutes', () => {
  const starts = backoff();
  const waits: number[] = [];
  let now = 0;
  for (let crash = 0; crash < 8; crash++) {
    const pending = starts.pending('c', now, now);
    waits.push(pending?.waitMs ?? 0);
    now += pending?.leftMs ?? 0;
    starts.next('c', now, now);
  }
  expect(waits).toEqual([0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
});

test('the wait counts from the failure, not from the moment it is looked at', () => {
  const starts = backoff();
  starts.next('c', 0, 0);
  expect(starts.pending('c', 1000, 4000)).toEqual({ waitMs: 10_000, leftMs: 7000 });
  expect(starts.pending('c', 1000, 11_000)).toBeUndefined();
});

test('a container that ran for more than ten minutes starts from the beginning', () => {
  const starts = backoff();
  starts.next('c', 0, 0);
  starts.next('c', 0, 0);
  expect(starts.pending('c', 600_000, 600_000)?.waitMs).toBe(20_000);
  expect(starts.pending('c', 600_001, 600_001)).toBeUndefined();
  starts.next('c', 600_001, 600_001);
  expect(starts.pending('c', 600_002, 600_002)?.waitMs).toBe(10_000);
});

test('each thing waits for itself, and what is forgotten not at all', () => {
  const starts = backoff();
  starts.next('a', 0, 0);
  expect(starts.pending('b', 0, 0)).toBeUndefined();
  starts.forget('a');
  expect(starts.pending('a', 0, 0)).toBeUndefined();
});
