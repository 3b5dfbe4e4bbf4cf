import { closeSync, openSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { HostFiles, HostRoot } from '@rackwright/host';
import type { DiskAccess } from '../disk/disk.ts';
import { KernelDisks } from '../disk/kernel-disks.ts';
import { makeFileSystem } from '../file-systems.ts';
import { Lvm } from '../lvm/lvm.ts';
import { canUseLoops, LoopDisk, LvmWithoutKernel, localTools } from '../testing/loop-disk.ts';
import { closedGate } from './gates.ts';
import { observeDisk } from './observe-disk.ts';

const MiB = 1024 * 1024;
const tools = localTools();
const files = new HostFiles(new HostRoot('/'));
const permission = { create: true, maintenance: false, allowInit: [], systemId: '', ownGroups: [] };

/** A loop device has no serial number; everything else of it is asked of the kernel. */
const access: DiskAccess = {
  openShared: (name) => new KernelDisks(files).openShared(name),
  openExclusive: async (name) => {
    const disk = await new KernelDisks(files).openExclusive(name);
    return Object.assign(disk, { serial: 'LOOP' });
  },
};

async function verdict(device: string): Promise<string> {
  using kernel = new LvmWithoutKernel([device]);
  const lvm = new Lvm(tools, { config: kernel.config });
  const watch = { tools, access, files, report: () => lvm.report(), random: () => 0.5 };
  await using held = await observeDisk({ controller: 'loop', name: basename(device), serial: 'LOOP' }, watch);
  const closed = closedGate(held.observation, permission);
  return closed === undefined ? 'open' : `${closed.gate} ${closed.detail.replace(device, 'DISK')}`;
}

function write(file: string, offset: number, text: string): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, text, offset);
  closeSync(handle);
}

const ifRoot = canUseLoops ? describe : describe.skip;

ifRoot('the gates, asked of the kernel about loop devices (needs root)', () => {
  test('a blank disk passes all of them', async () => {
    await using disk = await LoopDisk.make(tools, 64 * MiB);
    expect(await verdict(disk.device)).toBe('open');
  });

  test('a file system, a volume of LVM and a mount are seen', async () => {
    await using disk = await LoopDisk.make(tools, 64 * MiB);
    const uuid = '11111111-2222-3333-4444-555555555555';
    await makeFileSystem(tools, { device: disk.device, type: 'ext4', uuid });
    expect(await verdict(disk.device)).toBe('4 DISK has a signature: ext4');
    await using member = await LoopDisk.make(tools, 64 * MiB);
    using kernel = new LvmWithoutKernel([member.device]);
    const lvm = new Lvm(tools, { config: kernel.config });
    await lvm.createPv({ device: member.device, uuid: 'aaaaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaaa1' });
    expect(await verdict(member.device)).toBe('4 DISK has a signature: LVM2_member');
  });

  test('raw data without any signature is seen at the beginning, the end and in the middle', async () => {
    for (const offset of [3 * MiB, 32 * MiB, 64 * MiB - 10]) {
      await using disk = await LoopDisk.make(tools, 64 * MiB);
      // The middle is where a random number of 0.5 falls.
      const block = 4 * MiB + Math.floor(0.5 * ((56 * MiB) / 65536)) * 65536;
      write(disk.file, offset === 32 * MiB ? block + 5 : offset, 'data');
      expect(await verdict(disk.device)).toMatch(/^6 DISK holds data at \d+;/);
    }
  });

  test('a disk that another program holds is refused', async () => {
    await using disk = await LoopDisk.make(tools, 64 * MiB);
    await using held = await new KernelDisks(files).openExclusive(basename(disk.device));
    expect(held.sizeBytes).toBe(BigInt(64 * MiB));
    expect(await verdict(disk.device)).toBe('3 DISK is in use');
  });

  test('a missing one as well', async () => {
    expect(await verdict('/dev/nowhere')).toBe('1 DISK is missing');
  });
});
