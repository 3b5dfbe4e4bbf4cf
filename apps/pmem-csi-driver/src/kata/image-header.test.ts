import { expect, test } from '@jest/globals';
import { imageHeader, pfnSuperblock } from './image-header.ts';

test.each([
  [1024n, 2048, '304454e32b23ea6c'],
  [1n, 2, '333854e3f30ebb6c'],
])('the superblock for %s and %s has the checksum that PMEM-CSI computes', (offset, align, checksum) => {
  expect(pfnSuperblock(offset, align).subarray(4088).toString('hex')).toBe(checksum);
});

test('an image begins with one partition behind 2 MiB, and with a superblock of 2 MiB at 4 KiB', () => {
  const header = imageHeader(64n * 2n ** 20n);
  expect(header.length).toBe(8192);
  expect(header.subarray(446, 462).toString('hex')).toBe('00feffff83feffff0010000000f00100');
  expect(header.subarray(462, 512).toString('hex')).toBe(`${'00'.repeat(48)}55aa`);
  expect(header.toString('latin1', 4096, 4112)).toBe('NVDIMM_PFN_INFO\0');
  expect(header.readBigUInt64LE(4096 + 56)).toBe(2n ** 21n);
  expect(header.readUInt32LE(4096 + 84)).toBe(2 ** 21);
});
