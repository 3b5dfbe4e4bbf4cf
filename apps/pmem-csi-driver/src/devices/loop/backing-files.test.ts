import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HostRoot } from '@rackwright/host';
import { backingFiles } from './backing-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backing-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

const told = async () => backingFiles(new HostRoot(folder));
const blockDevice = (name: string) => mkdir(join(folder, 'sys/block', name), { recursive: true });

test('a sysfs without block devices, or without loop devices, tells nothing of files', async () => {
  expect(await told()).toBeUndefined();
  await blockDevice('nvme0n1');
  expect(await told()).toBeUndefined();
});

test('loop devices are told with their files, and those in no use are left out', async () => {
  await Promise.all(['loop0', 'loop1', 'sda'].map(blockDevice));
  expect(await told()).toEqual([]);
  await mkdir(join(folder, 'sys/block/loop1/loop'));
  await writeFile(join(folder, 'sys/block/loop1/loop/backing_file'), '/state/loop/a b\n');
  expect(await told()).toEqual([{ device: 'loop1', file: '/state/loop/a b' }]);
});
