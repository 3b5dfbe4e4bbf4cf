import { spawnSync } from 'node:child_process';
import { access, mkdir, mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseOwner, thisProcess } from './owner.ts';
import { temporaryFolder } from './temporary-folder.ts';

const prefix = 'rwtmptest-';

async function folderOf(owner: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  await writeFile(join(path, 'owner.json'), owner);
  return path;
}

test('only its owner may look into it, its name is short, and it goes when disposed', async () => {
  const folder = await temporaryFolder(prefix);
  expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
  expect(folder.path.length).toBeLessThan(tmpdir().length + prefix.length + 8);
  await folder[Symbol.asyncDispose]();
  await expect(access(folder.path)).rejects.toThrow(/ENOENT/);
});

test('what a killed process left is removed; what a running one or another machine owns stays', async () => {
  const { pid } = spawnSync('true');
  const left = await folderOf(JSON.stringify({ ...thisProcess(), pid }));
  const elsewhere = await folderOf(JSON.stringify({ pid, host: 'elsewhere' }));
  await using mine = await temporaryFolder(prefix);
  await using _next = await temporaryFolder(prefix);
  await expect(access(left)).rejects.toThrow(/ENOENT/);
  await access(elsewhere);
  await access(mine.path);
  await writeFile(join(elsewhere, 'owner.json'), JSON.stringify({ ...thisProcess(), pid }));
  await using _last = await temporaryFolder(prefix);
  await expect(access(elsewhere)).rejects.toThrow(/ENOENT/);
});

const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0;
const ifMountable = canMount ? test : test.skip;

ifMountable(
  `what is still mounted in it is unmounted first${canMount ? '' : ' (skipped: needs root)'}`,
  async () => {
    const { pid } = spawnSync('true');
    const left = await folderOf(JSON.stringify({ ...thisProcess(), pid }));
    await mkdir(join(left, 'images/overlay'), { recursive: true });
    spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', join(left, 'images')]);
    await mkdir(join(left, 'images/overlay'));
    spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', join(left, 'images/overlay')]);
    await using _next = await temporaryFolder(prefix);
    await expect(access(left)).rejects.toThrow(/ENOENT/);
  },
);

ifMountable(`what cannot be removed keeps its owner${canMount ? '' : ' (skipped: needs root)'}`, async () => {
  const { pid } = spawnSync('true');
  const left = await folderOf(JSON.stringify({ ...thisProcess(), pid }));
  // The name sorts behind that of the owner's file.
  const stuck = join(left, 'zfile');
  await writeFile(stuck, '');
  spawnSync('chattr', ['+i', stuck]);
  try {
    await using _next = await temporaryFolder(prefix);
    await access(join(left, 'owner.json'));
  } finally {
    spawnSync('chattr', ['-i', stuck]);
  }
  await using _last = await temporaryFolder(prefix);
  await expect(access(left)).rejects.toThrow(/ENOENT/);
});

test.each(['', '7', 'null', '{}', '{"pid":"1","host":"h"}', '{"pid":1}', '{"pid":-1,"host":"h"}'])(
  '%j names no owner',
  (text) => {
    expect(parseOwner(text)).toBeUndefined();
  },
);
