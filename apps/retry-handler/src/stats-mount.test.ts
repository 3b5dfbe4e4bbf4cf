import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HwError, silentLogger } from '@rackwright/core';
import { HostRoot, type ProcessRunner, type RunOutcome } from '@rackwright/host';
import { StatsMounts } from './stats-mount.ts';

let folder: string;
let commands: string[][];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'rw-mounts-')));
  commands = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function mounts(mountinfo: string, umount: () => RunOutcome): StatsMounts {
  const runner: ProcessRunner = {
    run: async (argv) => {
      commands.push([...argv]);
      return umount();
    },
  };
  return new StatsMounts(new HostRoot(folder), runner, silentLogger, async () => mountinfo);
}

const good = (): RunOutcome => ({ code: 0, signal: null, stdout: '', stderr: '' });
const line = (path: string, type: string): string => `30 1 0:40 / ${path} rw - ${type} rh_stats rw\n`;

test('without a mount the folder is made and nothing is run', async () => {
  await mounts('', good).prepare('cxi0');
  expect(existsSync(join(folder, 'run/cxi/cxi0'))).toBe(true);
  expect(commands).toEqual([]);
});

test.each(['fuse', 'fuse.rh_stats'])(
  'a left %s mount is lazily unmounted, each layer of it',
  async (type) => {
    const path = `${folder}/run/cxi/cxi0`;
    await mounts(line(path, type) + line(path, type), good).prepare('cxi0');
    expect(commands).toEqual([
      ['umount', '-l', path],
      ['umount', '-l', path],
    ]);
  },
);

test.each([
  ['another NIC', (at: string) => line(`${at}/run/cxi/cxi00`, 'fuse')],
  ['another file system', (at: string) => line(`${at}/run/cxi/cxi0`, 'tmpfs')],
  ['the folder above', (at: string) => line(`${at}/run/cxi`, 'fuse')],
])('a mount of %s is left alone', async (_, text) => {
  await mounts(text(folder), good).prepare('cxi0');
  expect(commands).toEqual([]);
});

test('what cannot be unmounted is said, with what is needed', async () => {
  const text = line(`${folder}/run/cxi/cxi0`, 'fuse');
  await expect(
    mounts(text, () => ({ ...good(), code: 32, stderr: 'must be superuser\n' })).prepare('cxi0'),
  ).rejects.toMatchObject({
    code: 'FailedPrecondition',
    message: `cannot unmount ${folder}/run/cxi/cxi0: must be superuser`,
  });
  const missing = mounts(text, () => {
    throw new HwError('NotFound', 'cannot start umount');
  });
  await expect(missing.prepare('cxi0')).rejects.toThrow('cannot start umount');
});

test('the folder of a NIC that is gone goes too, unless something is in it', async () => {
  mkdirSync(join(folder, 'run/cxi/cxi0'), { recursive: true });
  mkdirSync(join(folder, 'run/cxi/cxi1'));
  writeFileSync(join(folder, 'run/cxi/cxi1/kept'), '');
  const all = mounts('', good);
  for (const device of ['cxi0', 'cxi1', 'cxi2']) await all.remove(device);
  expect([0, 1].map((i) => existsSync(join(folder, `run/cxi/cxi${i}`)))).toEqual([false, true]);
});
