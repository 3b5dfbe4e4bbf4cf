import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BoundedCalls, ManualClock } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import { renewUnitFolder, unitFolder } from './unit-folder.ts';

const volume = { hostPath: '/mnt/nvme0' };
let folder: string;
let units: string;
let calls: BoundedCalls;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ai100-unit-'));
  units = join(folder, 'mnt/nvme0/.units');
  mkdirSync(join(folder, 'mnt/nvme0'), { recursive: true });
  calls = new BoundedCalls({ clock: new ManualClock(), deadlineMs: 5000 });
});
afterEach(() => rmSync(folder, { recursive: true }));

const renew = (): Promise<void> => renewUnitFolder({ root: new HostRoot(folder), calls }, volume, 'ai100-a');

test('whoever gets a unit finds an empty folder that any user may write to, and nobody else may take away', async () => {
  await renew();
  writeFileSync(join(units, 'ai100-a', 'model.bin'), 'of the one before');
  mkdirSync(join(units, 'ai100-b'));
  await renew();
  expect(readdirSync(join(units, 'ai100-a'))).toEqual([]);
  expect(readdirSync(units)).toEqual(expect.arrayContaining(['ai100-a', 'ai100-b']));
  expect([units, join(units, 'ai100-a')].map((path) => (statSync(path).mode & 0o7777).toString(8))).toEqual([
    '1777',
    '1777',
  ]);
});

test('a volume that takes no folder is said to be unavailable', async () => {
  writeFileSync(units, 'a file where the folder should be');
  await expect(renew()).rejects.toMatchObject({
    code: 'Unavailable',
    message: 'cannot make /mnt/nvme0/.units/ai100-a anew',
  });
});

test.each([
  ['None', '/mnt/nvme0'],
  ['Directory', '/mnt/nvme0/.units/ai100-a'],
] as const)('with the isolation %s a container gets %s', (isolation, path) => {
  expect(unitFolder(volume, 'ai100-a', isolation)).toBe(path);
});
