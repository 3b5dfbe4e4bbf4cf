import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { breach, type Comparison, percentile, report } from './times.ts';

test('a percentile is one of the times, and that share of them is not longer', () => {
  const times = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1 });
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 100 }), (ms, percent) => {
      const value = percentile(ms, percent);
      expect(ms).toContain(value);
      expect(ms.filter((time) => time <= value).length * 100).toBeGreaterThanOrEqual(ms.length * percent);
      expect(ms.filter((time) => time < value).length * 100).toBeLessThan(ms.length * percent);
    }),
  );
});

const comparison = (ours: number, reference: number, ratio?: number): Comparison => ({
  ours: { name: 'Allocate', ms: [ours] },
  reference: { name: 'Allocate', ms: [reference] },
  limit: { percent: 99, ms: 5, ...(ratio !== undefined && { ratio }) },
});

test('a limit is kept in milliseconds, or beside a reference that is slow itself', () => {
  expect(breach(comparison(5, 1))).toBeUndefined();
  expect(breach(comparison(6, 1))).toBe('Allocate: p99 6.00 ms, limit 5.00 ms');
  expect(breach(comparison(6, 2, 3))).toBeUndefined();
  expect(breach(comparison(20, 4, 3))).toBe('Allocate: p99 20 ms, limit 12 ms');
});

test('the report shows both, the ratio and the limit', () => {
  expect(
    report([comparison(20, 4, 3)])
      .split('\n')
      .at(2),
  ).toBe('| Allocate | 1 | 20 | 20 | 20 | 4.00 | 4.00 | 5.0 | 5.0 | p99 12 |');
});
