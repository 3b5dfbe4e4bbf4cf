import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { HwError } from '@rackwright/core';
import { HostFiles, HostRoot } from '@rackwright/host';
import { type DiskAccess, diskAccess, Lvm, type OpenDisk } from '@rackwright/storage';
import fc from 'fast-check';
import {
  canUseLoops,
  LoopDisk,
  LvmWithoutKernel,
  localTools,
} from '../../../../libs/storage/src/testing/loop-disk.ts';
import { DiskGuard } from './disk-guard.ts';
import type { CacheDisk } from './disks.ts';
import { diskBytes, type ForeignContent, foreignContent } from './testing/foreign-content.ts';

const long = process.env.RACKWRIGHT_LONG_TESTS === '1';
const numRuns = long ? 2_000 : 8;
const timeoutMs = long ? 3_600_000 : 120_000;
const tools = localTools();
const files = new HostFiles(new HostRoot('/'));
const signal = new AbortController().signal;
const permission = { maintenance: false, allowInit: [] };
const pvUuid = 'aaaaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaaa1';

/** The file behind a loop device stands for the serial number it has none of; all else is the kernel's word. */
const real = diskAccess(tools, files);
const access: DiskAccess = {
  openExclusive: async (name) => withSerial(await real.openExclusive(name)),
  openShared: async (name) => withSerial(await real.openShared(name)),
};

function withSerial(disk: OpenDisk): OpenDisk {
  const file = files.readTrimmed(`/sys/dev/block/${disk.device}/loop/backing_file`);
  return Object.assign(disk, { serial: file });
}

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** What the plugin takes the disk for. */
function cacheDisk({ device, file }: LoopDisk, serial = file): CacheDisk {
  const name = basename(device);
  return {
    serial,
    controller: name,
    namespace: name,
    path: device,
    sizeBytes: BigInt(diskBytes),
    eligible: true,
  };
}

/** Makes a physical volume of a disk if the guard lets it; says which gate was closed. */
async function write(disk: CacheDisk, before: () => Promise<void> = async () => {}): Promise<string> {
  using kernel = new LvmWithoutKernel([disk.path]);
  const lvm = new Lvm(tools, { config: kernel.config });
  const guard = new DiskGuard({ tools, access, files, lvm, create: true, random: Math.random });
  await before();
  try {
    await guard.whilePassed(
      disk,
      permission,
      () => lvm.createPv({ device: disk.path, uuid: pvUuid }),
      signal,
    );
    return 'written';
  } catch (error) {
    if (error instanceof HwError) return error.message;
    throw error;
  }
}

async function put(content: ForeignContent, { device, file }: LoopDisk): Promise<void> {
  content.write(file);
  if (content.tool === undefined) return;
  using kernel = new LvmWithoutKernel([device]);
  const [tool, ...args] = content.tool;
  const config = tool === 'lvm' ? ['--config', kernel.config] : [];
  await tools.expect([tool, ...args, ...config, device]);
  await tools.expect(['blockdev', '--flushbufs', device]);
}

const ifRoot = canUseLoops ? describe : describe.skip;

ifRoot('disks of this kernel, written to by the real LVM if the gates let it (needs root)', () => {
  test(
    `whatever is on a disk, it stays byte for byte, ${numRuns} disks`,
    async () => {
      const seen = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(foreignContent, async (content) => {
          await using disk = await LoopDisk.make(tools, diskBytes);
          await put(content, disk);
          const before = digest(disk.file);
          const outcome = await write(cacheDisk(disk));
          expect(outcome).toMatch(/^gate [456] /);
          expect(digest(disk.file)).toBe(before);
          const gate = `${content.tool === undefined ? '' : 'real '}${content.name.replace(/\d+/, 'N')}: gate ${outcome[5]}`;
          seen.set(gate, (seen.get(gate) ?? 0) + 1);
        }),
        { numRuns },
      );
      if (long)
        process.stdout.write(`${numRuns} disks refused and unchanged: ${JSON.stringify([...seen])}\n`);
    },
    timeoutMs,
  );

  test('a blank disk is written to, and is no blank disk afterwards', async () => {
    await using disk = await LoopDisk.make(tools, diskBytes);
    expect(await write(cacheDisk(disk))).toBe('written');
    expect(await write(cacheDisk(disk))).toBe(
      `gate 4 SignatureFound: ${disk.device} has a signature: LVM2_member`,
    );
  });

  test('a disk that is mounted, or held by another program, stays as it is', async () => {
    await using disk = await LoopDisk.make(tools, diskBytes);
    await tools.expect(['mkfs.ext4', '-q', disk.device]);
    const folder = mkdtempSync(join(tmpdir(), 'rwk-mounted-'));
    await tools.expect(['mount', '-t', 'ext4', '-o', 'ro,noload', disk.device, folder]);
    try {
      expect(await write(cacheDisk(disk))).toMatch(`gate 2 InUse: ${disk.device} is mounted at ${folder}`);
    } finally {
      await tools.expect(['umount', folder]);
      rmdirSync(folder);
    }
    await using held = await LoopDisk.make(tools, diskBytes);
    const before = digest(held.file);
    await using _claim = await access.openExclusive(basename(held.device));
    expect(await write(cacheDisk(held))).toBe(`gate 3 NotExclusive: ${held.device} is in use`);
    expect(digest(held.file)).toBe(before);
  });

  test('a disk that got the name of another since the last look stays as it is', async () => {
    await using disk = await LoopDisk.make(tools, diskBytes);
    const before = digest(disk.file);
    expect(await write(cacheDisk(disk, '/the/one/before'))).toBe(
      `gate 1 WrongDisk: ${disk.device} has the serial ${disk.file}, not /the/one/before`,
    );
    expect(digest(disk.file)).toBe(before);
  });

  test('what comes to a disk between two looks is seen', async () => {
    await using disk = await LoopDisk.make(tools, diskBytes);
    const outcome = await write(cacheDisk(disk), () =>
      put({ name: 'x', tool: ['mkswap'], write: () => {} }, disk),
    );
    expect(outcome).toBe(`gate 4 SignatureFound: ${disk.device} has a signature: swap`);
  });
});
