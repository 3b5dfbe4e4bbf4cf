import { statSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { deviceNumber, FileSystemUseReader } from './file-system-use.ts';

const never = new AbortController().signal;
const folder = new URL('.', import.meta.url).pathname;

test('a file system says how full it is, and another than the expected one is refused', async () => {
  const reader = new FileSystemUseReader(new ManualClock());
  const device = deviceNumber(statSync(folder, { bigint: true }).dev);
  const { sizeBytes, usedBytes, availableBytes } = await reader.read(folder, device, never);
  expect(BigInt(sizeBytes)).toBeGreaterThanOrEqual(BigInt(usedBytes));
  expect(BigInt(availableBytes)).toBeGreaterThan(0n);
  await expect(reader.read(folder, '1:2', never)).rejects.toThrow(`is on device ${device}, not 1:2`);
  expect(reader.stuck).toBe(0);
});

test.each([
  [0xfd00n, '253:0'],
  [0x10302n, '259:2'],
  [0x10000834n, '8:65588'],
])('%i is a device number', (dev, expected) => {
  expect(deviceNumber(dev)).toBe(expected);
});
