import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AnyObject, convertObject } from './conversion.ts';
import { boxDefinition, keptColour, writtenSize } from './testing/box.test-data.ts';

const [alpha, stored] = ['boxes.example.com/v1alpha1', 'boxes.example.com/v1'];

const metadata = fc.record(
  {
    name: fc.constant('a'),
    uid: fc.uuid(),
    labels: fc.dictionary(fc.constantFrom('a', 'b'), fc.string(), { minKeys: 1 }),
    annotations: fc.dictionary(fc.constantFrom('a', 'b'), fc.string(), { minKeys: 1 }),
  },
  { requiredKeys: ['name'] },
);
const status = fc.record({ phase: fc.string() });
const box = (apiVersion: string, spec: fc.Arbitrary<unknown>): fc.Arbitrary<AnyObject> =>
  fc
    .record({ metadata, spec, status }, { requiredKeys: ['metadata', 'spec'] })
    .map((fields) => ({ apiVersion, kind: 'Box', ...fields }));
const size = fc
  .tuple(fc.nat(), fc.constantFrom('', 'k', 'Ki', 'Mi', 'm', 'e2'))
  .map(([number, suffix]) => `${number}${suffix}`);
const anyBox = fc.oneof(
  box(alpha, fc.record({ size })),
  box(stored, fc.record({ bytes: fc.maxSafeNat(), colour: fc.string() }, { requiredKeys: ['bytes'] })),
);

test('nothing is lost on the way to the other version and back', () => {
  fc.assert(
    fc.property(anyBox, (object) => {
      const there = convertObject(boxDefinition, object, object.apiVersion === alpha ? stored : alpha);
      expect(convertObject(boxDefinition, there, object.apiVersion ?? '')).toEqual(object);
    }),
  );
});

test('a change made in one version is there in the other', () => {
  const object = { apiVersion: alpha, kind: 'Box', metadata: { name: 'a' }, spec: { size: '1Ki' } };
  const seen = convertObject(boxDefinition, object, stored);
  expect(seen).toMatchObject({ spec: { bytes: 1024 }, metadata: { annotations: { [writtenSize]: '1Ki' } } });
  const repainted: AnyObject = { ...seen, spec: { bytes: 5, colour: 'red' } };
  const changed = convertObject(boxDefinition, repainted, alpha);
  expect(changed).toMatchObject({ spec: { size: '5' }, metadata: { annotations: { [keptColour]: 'red' } } });
});

test('of the metadata only labels and annotations may change', () => {
  const metadata = { name: 'other', labels: { a: 'b' } };
  const rename = (object: AnyObject): AnyObject => ({ ...object, metadata });
  const kind = {
    ...boxDefinition,
    conversions: [{ version: 'v1alpha1', toStored: rename, fromStored: rename }],
  };
  const object = { apiVersion: alpha, kind: 'Box', metadata: { name: 'a', uid: 'u', labels: { c: 'd' } } };
  expect(convertObject(kind, object, stored).metadata).toEqual({ name: 'a', uid: 'u', labels: { a: 'b' } });
});

describe('what cannot be converted is refused, with both versions named', () => {
  test.each([
    [{ apiVersion: alpha, spec: { size: 'huge' } }, stored, 'spec.size: "huge" is not a quantity'],
    [{ apiVersion: alpha }, stored, 'to boxes.example.com/v1'],
    [{ apiVersion: stored, spec: {} }, 'boxes.example.com/v9', 'Box has no version boxes.example.com/v9'],
    [{ apiVersion: 'other.io/v1', spec: {} }, stored, 'Box has no version other.io/v1'],
  ])('%j to %s', (object, version, message) => {
    expect(() => convertObject(boxDefinition, object as AnyObject, version)).toThrow(message);
  });
});
