import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { activeObject } from './active-object.ts';

const time = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z');
const object = fc.record({
  metadata: fc.record(
    { name: fc.constantFrom('a', 'b', 'c'), creationTimestamp: time, deletionTimestamp: time },
    { requiredKeys: ['name', 'creationTimestamp'] },
  ),
});

test('the oldest that is not being deleted counts, whatever the order', () => {
  fc.assert(
    fc.property(
      fc
        .uniqueArray(object, { selector: ({ metadata }) => metadata.name })
        .chain((objects) =>
          fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
        ),
      ([objects, shuffled]) => {
        const active = activeObject(objects);
        expect(activeObject(shuffled)).toBe(active);
        const alive = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
        expect(active === undefined).toBe(alive.length === 0);
        for (const { metadata } of alive)
          expect((active?.metadata.creationTimestamp ?? '') <= metadata.creationTimestamp).toBe(true);
      },
    ),
  );
});
