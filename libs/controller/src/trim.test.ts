import { expect, test } from '@jest/globals';
import type { KubeObject } from '@rackwright/kube';
import fc from 'fast-check';
import { Interner, shareStrings, withoutManagedFields } from './trim.ts';

test('only managed fields are dropped, and the object handed in stays as it was', () => {
  const object = {
    kind: 'X',
    metadata: { name: 'a', managedFields: [{}], labels: { a: 'b' } },
    spec: { on: false },
  };
  const before = structuredClone(object);
  expect(withoutManagedFields(object)).toEqual({
    kind: 'X',
    metadata: { name: 'a', labels: { a: 'b' } },
    spec: { on: false },
  });
  expect(object).toEqual(before);
});

test('sharing strings changes no value, however many different ones there are', () => {
  const interner = new Interner();
  const text = fc.string({ minLength: 5, maxLength: 140 });
  const object = fc.record({
    metadata: fc.record({ name: text, namespace: text, labels: fc.dictionary(text, text) }),
    status: fc.jsonValue(),
  }) as fc.Arbitrary<KubeObject>;
  fc.assert(
    fc.property(object, (original) => {
      const shared = structuredClone(original);
      shareStrings(shared, interner);
      expect(shared).toEqual(original);
    }),
  );
  for (let i = 0; i < 10_000; i++)
    expect(interner.share(`a string of its own ${i}`)).toBe(`a string of its own ${i}`);
});

test('an object without metadata, or with frozen parts, is no problem', () => {
  const frozen = { metadata: { name: 'a' }, spec: Object.freeze({ text: 'long enough to share' }) };
  expect(() => shareStrings(frozen, new Interner())).not.toThrow();
  expect(() => shareStrings(Object.freeze({ ...frozen }), new Interner())).not.toThrow();
  expect(withoutManagedFields({ kind: 'X' })).toEqual({ kind: 'X' });
  expect(() => shareStrings({}, new Interner())).not.toThrow();
});
