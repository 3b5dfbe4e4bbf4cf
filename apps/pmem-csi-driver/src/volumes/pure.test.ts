import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pageOf } from './paging.ts';
import { checkRange, maxBytes, requireWithin, roundDown, roundUp } from './sizes.ts';
import { NodeTopology } from './topology.ts';
import { isVolumeId, olderVolumeIdOf, volumeIdOf } from './volume-id.ts';

/** Every character of one byte, also those no name should have. */
const bytes = fc
  .uint8Array({ minLength: 1, maxLength: 128 })
  .map((array) => Buffer.from(array).toString('latin1'));

test('an id is the beginning of the name and its SHA-224, as PMEM-CSI made it', () => {
  expect(volumeIdOf('pvc-9b1ed43e-0ccc-4f1b-a3c0-7dc0c6d3c6f1')).toMatch(/^pvc-9b-[0-9a-f]{56}$/);
  // SHA-224 of "abc" (FIPS 180-4, example).
  expect(volumeIdOf('abc')).toBe('abc-23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7');
  expect(olderVolumeIdOf('-a/b')).toMatch(/^-a\/b-/);
  expect(volumeIdOf('-a/b')).toMatch(/^xa-b-/);
});

test('whatever the name, the id is always the same and can be the name of a file and of a logical volume', () => {
  fc.assert(
    fc.property(bytes, (name) => {
      const id = volumeIdOf(name);
      expect(id).toBe(volumeIdOf(name));
      expect(isVolumeId(id)).toBe(true);
      expect(id.length).toBeLessThanOrEqual(63);
      expect(id).toMatch(/^[A-Za-z0-9_]/);
    }),
  );
});

test('ids that climb or are no names of files are none', () => {
  for (const id of ['', '.', '..', 'a/b', 'a\0', 'a\n', 'x'.repeat(129)]) expect(isVolumeId(id)).toBe(false);
});

test('sizes are rounded to units, never below the wish and by less than a unit', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: maxBytes }),
      fc.bigInt({ min: 1n, max: 2n ** 40n }),
      (bytes, unit) => {
        const up = roundUp(bytes, unit);
        expect(up % unit).toBe(0n);
        expect(up >= bytes && up >= unit && up < bytes + unit + (bytes === 0n ? 1n : 0n)).toBe(true);
        const down = roundDown(bytes, unit);
        expect(down % unit === 0n && down <= bytes && down + unit > bytes).toBe(true);
      },
    ),
  );
});

test.each([
  [{ requiredBytes: -1n, limitBytes: 0n }, 'InvalidArgument'],
  [{ requiredBytes: 2n, limitBytes: 1n }, 'OutOfRange'],
])('the range %p is refused with %s', (range, code) => {
  expect(() => checkRange(range)).toThrow(expect.objectContaining({ code }));
});

test('no volume is above the limit of its request', () => {
  expect(() => requireWithin(8n, { requiredBytes: 1n, limitBytes: 7n })).toThrow('would have 8 bytes');
  requireWithin(8n, { requiredBytes: 1n, limitBytes: 8n });
  requireWithin(8n, { requiredBytes: 1n, limitBytes: 0n });
});

test('pages of any length hold every entry once, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 50 }), fc.integer({ min: 1, max: 60 }), (all, most) => {
      const seen: number[] = [];
      for (let token = ''; ; ) {
        const { items, nextToken } = pageOf(all, token, most);
        seen.push(...items);
        if (nextToken === '') break;
        token = nextToken;
      }
      expect(seen).toEqual(all);
    }),
  );
});

test.each(['x', '-1', '4', '1.5', '1e1', ' 1'])('the token %j of a list of three is refused', (token) => {
  expect(() => pageOf([1, 2, 3], token, 0)).toThrow(expect.objectContaining({ code: 'Conflict' }));
});

test('a volume is made where it is asked for, and elsewhere refused', () => {
  const topology = new NodeTopology('driver', 'here');
  const place = (segments: Record<string, string>) => ({ segments });
  const there = place({ 'driver/node': 'there' });
  const here = place({ 'driver/node': 'here' });
  topology.require(undefined);
  topology.require({ requisite: [there, here], preferred: [] });
  topology.require({ requisite: [], preferred: [place({ zone: 'a' })] });
  expect(() => topology.require({ requisite: [there], preferred: [] })).toThrow('another node than here');
  expect(() => topology.require({ requisite: [there], preferred: [here] })).toThrow('another node than here');
});
