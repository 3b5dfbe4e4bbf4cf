import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { projectOf } from './unit-quota.ts';

test('a unit has the same project each time, unless something that is left still has it', () => {
  const first = projectOf('ai100-a', new Set());
  expect(projectOf('ai100-a', new Set([0, 1]))).toBe(first);
  const second = projectOf('ai100-a', new Set([first]));
  expect(second).not.toBe(first);
  expect(projectOf('ai100-a', new Set([first, second]))).not.toBe(first);
});

test('numbers of projects are never those of administrators, nor of each other', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 50 }), (units) => {
      const used = new Set<number>();
      for (const unit of units) {
        const project = projectOf(unit, used);
        expect(used.has(project)).toBe(false);
        expect(project >>> 24).toBe(0x41);
        used.add(project);
      }
    }),
  );
});
