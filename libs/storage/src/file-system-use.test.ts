import { statSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { BoundedCalls, ManualClock } from '@rackwright/core';
import { deviceNumber } from './device-number.ts';
import { FileSystemUseReader } from './file-system-use.ts';

const never = new AbortController().signal;
const folder = new URL('.', import.meta.url).pathname;

test('a file system says how full it is, and another than the expected one is refused', async () => {
  const calls = new BoundedCalls({ clock: new ManualClock(), deadlineMs: 5000 });
  const reader = new FileSystemUseReader(calls);
  const device = deviceNumber(statSync(folder, { bigint: true }).dev);
  const { sizeBytes, usedBytes, availableBytes } = await reader.read(folder, device, never);
  expect(BigInt(sizeBytes)).toBeGreaterThanOrEqual(BigInt(usedBytes));
  expect(BigInt(availableBytes)).toBeGreaterThan(0n);
  await expect(reader.read(folder, '1:2', never)).rejects.toThrow(`is on device ${device}, not 1:2`);
  expect(calls.hanging).toBe(0);
});
