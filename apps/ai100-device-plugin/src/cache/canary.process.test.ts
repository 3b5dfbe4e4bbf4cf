import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BoundedCalls, ManualClock, systemClock } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import { deviceNumber } from '@rackwright/storage';
import { canUseLoops, LoopDisk, localTools } from '../../../../libs/storage/src/testing/loop-disk.ts';
import { Canary, type CanaryVerdict, withCanary } from './canary.ts';
import type { VolumeState } from './state.ts';

const tools = localTools();
const signal = new AbortController().signal;
const ready: VolumeState = {
  ...{
    state: 'Ready',
    message: 'mounted',
    vg: 'vg',
    vgSizeBytes: 0n,
    vgFreeBytes: 0n,
    missingPvs: 0,
    lv: 'lv',
  },
  ...{ stripes: 2, stripeBytes: 0n, legacyXfs: false, mounted: true, readOnly: false, mountOptions: [] },
  ...{ members: [], blockers: [], hostPath: '' },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ai100-canary-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const deviceOf = (path: string): string => deviceNumber(statSync(path, { bigint: true }).dev);

function canary(deadlineMs?: number): Canary {
  const calls = new BoundedCalls({ clock: systemClock, deadlineMs: 5000 });
  const parts = { host: new HostRoot('/'), tools, calls, clock: new ManualClock() };
  return new Canary(deadlineMs === undefined ? parts : { ...parts, deadlineMs });
}

const look = (at: string, one = canary(), device = deviceOf(at)): Promise<CanaryVerdict> =>
  one.check({ ...ready, hostPath: at, device }, signal);

test('a file system that takes data is well, and nothing is left on it', async () => {
  expect(await look(folder)).toEqual({ kind: 'well' });
  expect(readdirSync(folder)).toEqual([]);
});

test('where another device is seen than the one of the volume nothing is told of the volume', async () => {
  expect(await look(folder, canary(), '1:2')).toMatchObject({
    kind: 'ill',
    message: `device ${deviceOf(folder)} is seen there, not 1:2`,
  });
});

test('a volume that does not take data is not ready, and one that is full is', () => {
  const volume = { ...ready, hostPath: '/mnt/nvme0' };
  expect(withCanary(volume, { kind: 'ill', message: 'EIO' })).toMatchObject({
    state: 'MountFailed',
    message: 'the cache at /mnt/nvme0 does not take data: EIO',
    failure: { step: 'canary' },
  });
  expect(withCanary(volume, { kind: 'full' })).toMatchObject({ state: 'Ready', full: true });
});

const ifRoot = canUseLoops ? describe : describe.skip;

ifRoot('file systems of this kernel (needs root)', () => {
  test('one that is full is no fault, one that is read-only is', async () => {
    await tools.expect(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    try {
      const device = deviceOf(folder);
      const one = canary();
      expect(() => writeFileSync(join(folder, 'model.bin'), Buffer.alloc(1 << 20))).toThrow('ENOSPC');
      expect(await look(folder, one, device)).toEqual({ kind: 'full' });
      await tools.expect(['mount', '-o', 'remount,ro', folder]);
      expect(await look(folder, one, device)).toMatchObject({
        kind: 'ill',
        message: expect.stringContaining('EROFS'),
      });
      await tools.expect(['mount', '-o', 'remount,rw', folder]);
      rmSync(join(folder, 'model.bin'));
      expect(await look(folder, one, device)).toEqual({ kind: 'well' });
    } finally {
      await tools.expect(['umount', folder]);
    }
  });

  test('one that hangs is told of at the deadline, not asked again while it hangs, and well afterwards', async () => {
    await using disk = await LoopDisk.make(tools, 32 * 2 ** 20);
    await tools.expect(['mkfs.ext4', '-q', disk.device]);
    const at = join(folder, 'mnt');
    mkdirSync(at);
    await tools.expect(['mount', '-t', 'ext4', disk.device, at]);
    try {
      const device = deviceOf(at);
      const one = canary(500);
      await tools.expect(['fsfreeze', '--freeze', at]);
      try {
        expect(await look(at, one, device)).toMatchObject({
          message: `write to ${at} took longer than 500 ms`,
        });
        expect(await look(at, one, device)).toMatchObject({ message: `write to ${at} has not answered yet` });
      } finally {
        await tools.expect(['fsfreeze', '--unfreeze', at]);
      }
      const isWell = async (): Promise<boolean> => (await look(at, one, device)).kind === 'well';
      while (!(await isWell())) await setImmediate();
    } finally {
      await tools.expect(['umount', at]);
    }
  });
});
