import { expect, test } from '@jest/globals';
import type { NdRegion } from '@rackwright/hardware-pmem';
import fc from 'fast-check';
import { placeFor, roomOf } from './direct/room.ts';
import { planNamespace } from './lvm/plan-namespace.ts';
import { namespaceUnit } from './region-units.ts';

const MiB = 2n ** 20n;

function region(change: Partial<NdRegion> = {}): NdRegion {
  return {
    ...{ bus: 'ndbus0', name: 'region0', sizeBytes: 512n * MiB, availableBytes: 512n * MiB },
    ...{ maxExtentBytes: 512n * MiB, alignBytes: 16n * MiB, ways: 1, persistent: true, enabled: true },
    ...{ readOnly: false, namespaces: [], ...change },
  };
}

test.each([
  ['what the kernel asks for', { alignBytes: 16n * MiB }, 16n * MiB],
  ['large pages on every DIMM too', { alignBytes: 16n * MiB, ways: 6 }, 48n * MiB],
  ['96 MiB where the kernel does not say', { alignBytes: 0n }, 96n * MiB],
])('sizes of namespaces are multiples of %s', (_, change, unit) => {
  expect(namespaceUnit(region(change))).toBe(unit);
});

test.each([
  ['as many percent as may be', {}, 0n, 50, 256n * MiB],
  ['what is missing of them', {}, 128n * MiB, 50, 128n * MiB],
  ['nothing more where as many are there, or more', {}, 300n * MiB, 50, 0n],
  ['no more than is free', { availableBytes: 100n * MiB }, 0n, 100, 96n * MiB],
  ['no more than is free in one piece', { maxExtentBytes: 40n * MiB }, 0n, 100, 32n * MiB],
])('a region gets a namespace of %s', (_, change, own, percentage, bytes) => {
  expect(planNamespace(region(change), own, percentage)).toBe(bytes);
});

const bytes = fc.bigInt({ min: 0n, max: 2n ** 50n });
const anyRegion = fc
  .record({
    sizeBytes: bytes,
    availableBytes: bytes,
    maxExtentBytes: bytes,
    ways: fc.integer({ min: 1, max: 12 }),
  })
  .chain((sizes) =>
    fc.bigInt({ min: 0n, max: 256n * MiB }).map((alignBytes) => region({ ...sizes, alignBytes })),
  );

test('whatever a region is like, nothing is planned beyond the percentage, what is free, or between units', () => {
  fc.assert(
    fc.property(anyRegion, bytes, fc.integer({ min: 0, max: 100 }), bytes, (one, own, percentage, asked) => {
      const planned = planNamespace(one, own, percentage);
      const [room] = roomOf([one], () => own, percentage);
      const placed = room && placeFor([room], asked)?.size;
      for (const size of [planned, room?.largest ?? 0n, placed ?? 0n]) {
        if (size < 0n || size % namespaceUnit(one) !== 0n) return false;
        if (size > one.availableBytes || size > one.maxExtentBytes) return false;
        if (size > 0n && own + size > (one.sizeBytes * BigInt(percentage)) / 100n) return false;
      }
      return placed === undefined || placed >= asked;
    }),
  );
});

test('a volume goes to the first region in which it fits, and volatile, disabled and read-only ones have no room', () => {
  const small = region({ name: 'region1', availableBytes: 32n * MiB });
  const others = [{ persistent: false }, { enabled: false }, { readOnly: true }].map((one) => region(one));
  const rooms = roomOf([...others, small, region({ name: 'region2' })], () => 0n, 100);
  expect(rooms.map(({ region: { name } }) => name)).toEqual(['region1', 'region2']);
  expect(placeFor(rooms, 20n * MiB)).toMatchObject({ region: { name: 'region1' }, size: 32n * MiB });
  expect(placeFor(rooms, 33n * MiB)).toMatchObject({ region: { name: 'region2' }, size: 48n * MiB });
  expect(placeFor(rooms, 600n * MiB)).toBeUndefined();
});
