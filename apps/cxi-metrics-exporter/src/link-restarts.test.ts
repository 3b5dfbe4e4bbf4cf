import { expect, test } from '@jest/globals';
import type { CxiDevice } from '@rackwright/hardware-cxi';
import fc from 'fast-check';
import { LinkRestartCounter } from './link-restarts.ts';

function device(linkRestarts: readonly number[], serialNumber = 'A'): CxiDevice {
  return {
    name: 'cxi0',
    index: 0,
    kind: 'pf',
    linkState: 'up',
    linkRestarts,
    serialNumber,
    devNode: { path: '/dev/cxi0', present: true },
    problems: [],
  };
}

const count = (counter: LinkRestartCounter, one: CxiDevice): number | undefined =>
  counter.update([one]).get('cxi0');

test('the count grows with each new time in the ring, never with one it knows', () => {
  const counter = new LinkRestartCounter();
  expect(count(counter, device([100, 200]))).toBe(2);
  expect(count(counter, device([100, 200]))).toBe(2);
  expect(count(counter, device([200, 300, 300]))).toBe(4);
});

test('a NIC that was exchanged or away begins anew', () => {
  const counter = new LinkRestartCounter();
  count(counter, device([1, 2, 3]));
  expect(count(counter, device([9], 'B'))).toBe(1);
  expect(counter.update([]).size).toBe(0);
  expect(count(counter, device([9, 10], 'B'))).toBe(2);
});

test('as long as the ring is read often enough no restart is lost', () => {
  const batches = fc.array(fc.array(fc.nat(3), { maxLength: 10 }), { maxLength: 20 });
  fc.assert(
    fc.property(batches, (waits) => {
      const counter = new LinkRestartCounter();
      let now = 1000;
      let ring: number[] = [];
      let restarts = 0;
      let last = 0;
      for (const batch of waits) {
        for (const wait of batch) {
          now += wait;
          ring = [...ring, now].slice(-10);
          restarts++;
        }
        const seen = count(counter, device(ring)) ?? 0;
        expect(seen).toBeGreaterThanOrEqual(last);
        last = seen;
        // Restarts within one second look alike: only they can hide behind each other.
        if (new Set(ring).size === ring.length) expect(seen).toBeLessThanOrEqual(restarts);
      }
    }),
  );
});
