import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { HostRoot, SystemProcessRunner } from '@rackwright/host';
import { HostTools, probeSignatures } from '@rackwright/storage';
import { isBlank } from './blank.ts';

const MiB = 2 ** 20;
const size = 64 * MiB;
let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blank-'));
  file = join(folder, 'device');
  await writeFile(file, '');
  await truncate(file, size);
});
afterEach(() => rm(folder, { recursive: true }));

const tools = new HostTools({
  runner: new SystemProcessRunner(systemClock),
  root: new HostRoot(),
  entry: 'tree',
});

async function put(at: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

test('zeros are blank, whatever the size, and a device that is shorter than it should be is not', async () => {
  for (const bytes of [0, 1, 4096, 8 * MiB - 1, 8 * MiB, size])
    expect(await isBlank(file, BigInt(bytes))).toBe(true);
  expect(await isBlank(file, BigInt(size + 1))).toBe(false);
});

// What blkid knows something by, in the farthest places where it looks.
const signatures: readonly (readonly [what: string, at: number, bytes: Uint8Array])[] = [
  ['a partition table', 510, Buffer.from('55aa', 'hex')],
  ['ext4', 1024 + 56, Buffer.from('53ef', 'hex')],
  ['btrfs', 65_536 + 64, Buffer.from('_BHRfS_M')],
  ['a label of ZFS', 512 * 1024 - 8, Buffer.from('0cb1ba00', 'hex')],
  ['VMFS', 2 * MiB, Buffer.from('5ef1ab2f', 'hex')],
  ['a second header of LUKS', 4 * MiB, Buffer.from('SKUL\xba\xbe', 'latin1')],
  ['a Promise RAID', size - 3087 * 512, Buffer.from('Promise Technology, Inc.')],
  ['a copy of bcachefs', size - MiB + 24, Buffer.from('f67385c6', 'hex')],
  ['the first of the last labels of ZFS', size - 768 * 1024, Buffer.from('0cb1ba00', 'hex')],
  ['a Linux RAID', size - 65_536, Buffer.from('fc4e2ba9', 'hex')],
  ['an Intel RAID', size - 1024, Buffer.from('Intel Raid ISM Cfg Sig. ')],
  ['one bit at the end', size - 1, Buffer.from([1])],
];

test.each(signatures)('%s is something', async (_, at, bytes) => {
  await put(at, bytes);
  expect(await isBlank(file, BigInt(size))).toBe(false);
});

test('of what is blank blkid finds nothing, wherever else there is data', async () => {
  await put(5 * MiB, Buffer.alloc(size - 8 * MiB, 'data'));
  expect(await isBlank(file, BigInt(size))).toBe(true);
  expect(await probeSignatures(tools, file)).toEqual({ kind: 'nothing' });
});
