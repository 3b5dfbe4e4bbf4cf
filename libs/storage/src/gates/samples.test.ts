import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DiskPart } from '../disk/disk.ts';
import { firstContent } from './samples.ts';

const MiB = 1024 * 1024;

/** A disk that reads as `blank` but for one byte, and what was read of it. */
function disk(sizeBytes: number, blank: number, data?: number) {
  const read: DiskPart[] = [];
  return {
    sizeBytes: BigInt(sizeBytes),
    read: async (parts: readonly DiskPart[], into: Uint8Array): Promise<void> => {
      let at = 0;
      for (const part of parts) {
        read.push(part);
        into.fill(blank, at, at + part.length);
        const place = (data ?? -1) - Number(part.offset);
        if (place >= 0 && place < part.length) into[at + place] = 0x55;
        at += part.length;
      }
    },
    parts: read,
  };
}

test('data is found in every place that is looked at, on disks of any size', async () => {
  const sizes = fc.integer({ min: 1, max: 40 * MiB });
  const numbers = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  await fc.assert(
    fc.asyncProperty(sizes, numbers, numbers, fc.constantFrom(0, 0xff), async (size, a, b, blank) => {
      const random = (): number => a;
      const whole = disk(size, blank);
      expect(await firstContent(whole, random)).toBeUndefined();
      const part = whole.parts[Math.floor(b * whole.parts.length)] as DiskPart;
      const data = Number(part.offset) + Math.floor(a * part.length);
      const found = await firstContent(disk(size, blank, data), random);
      expect(found !== undefined && Number(found) <= data && data - Number(found) < MiB).toBe(true);
    }),
    { numRuns: 25 },
  );
});

test('both ends and 64 places in between are looked at, with few calls', async () => {
  let next = 0;
  const random = (): number => (next++ % 64) / 64;
  const large = disk(1000 * MiB, 0);
  let calls = 0;
  const counted = {
    ...large,
    read: (...read: Parameters<typeof large.read>) => {
      calls += 1;
      return large.read(...read);
    },
  };
  expect(await firstContent(counted, random)).toBeUndefined();
  const inside = (from: number, to: number): number =>
    large.parts
      .filter(({ offset }) => Number(offset) >= from && Number(offset) < to)
      .reduce((sum, { length }) => sum + length, 0);
  expect(inside(0, 4 * MiB)).toBe(4 * MiB);
  expect(inside(996 * MiB, 1000 * MiB)).toBe(4 * MiB);
  expect(inside(4 * MiB, 996 * MiB)).toBe(64 * 65_536);
  expect(calls).toBe(12);
});
