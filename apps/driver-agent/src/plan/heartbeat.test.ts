import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { heartbeatDue } from './heartbeat.ts';
import { timestamp } from './time.ts';

const interval = 300_000;
const start = Date.UTC(2026, 0, 1);

test('a heartbeat is due after the interval, give or take a fifth', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(1e9), (name, offset) => {
      const last = start + 1000 * offset;
      const due = (after: number): boolean => heartbeatDue(name, timestamp(last), last + after, interval);
      expect([due(0.8 * interval - 1), due(1.2 * interval)]).toEqual([false, true]);
    }),
  );
});

test('nodes that started together drift apart', () => {
  const last = timestamp(start);
  const due = Array.from({ length: 200 }, (_, i) =>
    heartbeatDue(`n${i}-cxi0`, last, start + interval, interval),
  );
  const share = due.filter(Boolean).length / due.length;
  expect(share).toBeGreaterThan(0.35);
  expect(share).toBeLessThan(0.65);
});

test.each([undefined, '', 'yesterday'])('a status last checked at %p is due', (last) => {
  expect(heartbeatDue('n', last, start, interval)).toBe(true);
});

test('after the clock was set back far, heartbeats go on', () => {
  expect(heartbeatDue('n', timestamp(start + 10 * interval), start, interval)).toBe(true);
});
