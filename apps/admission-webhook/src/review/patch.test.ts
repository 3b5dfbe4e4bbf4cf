import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonPatch, type PatchOperation } from './patch.ts';

/** RFC 6902 as far as the patches go. */
function patched(document: unknown, operations: readonly PatchOperation[]): unknown {
  let root = structuredClone(document);
  for (const { op, path, value } of operations) {
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop();
    if (last === undefined) {
      root = value;
      continue;
    }
    const parent = keys.reduce<unknown>((map, key) => (map as Record<string, unknown>)[key], root);
    if (op === 'remove') delete (parent as Record<string, unknown>)[last];
    else Object.defineProperty(parent, last, { value, enumerable: true, configurable: true, writable: true });
  }
  return root;
}

test('a patch makes one object of another', () => {
  const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const object = fc.dictionary(fc.constantFrom('a', 'b/c', '~d', '', 'toString'), json);
  fc.assert(
    fc.property(object, object, (before, after) => {
      expect(patched(before, jsonPatch(before, after))).toEqual(after);
    }),
  );
});

test('what stays is not in it', () => {
  expect(jsonPatch({ a: { b: 1, c: [1] } }, { a: { b: 1, c: [1] } })).toEqual([]);
  expect(jsonPatch({ a: { b: 1 } }, { a: { b: 1, 'x/y': 2 } })).toEqual([
    { op: 'add', path: '/a/x~1y', value: 2 },
  ]);
});
