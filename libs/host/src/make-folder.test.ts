import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFileDurable } from './durable-file.ts';
import { type MakeFolderOptions, makeFolder, makeFolderSync } from './make-folder.ts';

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'make-folder-'));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const inOneGo = async (path: string, options?: MakeFolderOptions): Promise<void> =>
  makeFolderSync(path, options);

describe.each([
  ['makeFolder', makeFolder],
  ['makeFolderSync', inOneGo],
])('%s', (_, make) => {
  test('makes all that is missing, with the mode asked for, and what is there stays', async () => {
    const path = join(top, 'a/b/c');
    await make(path, { mode: 0o750 });
    await make(path, { mode: 0o700 });
    expect(statSync(path).mode & 0o777).toBe(0o750);
  });

  test('a relative path, a link to a folder and the root are folders like others', async () => {
    symlinkSync(top, join(top, 'link'));
    await make(join(top, 'link/deep/er'));
    expect(statSync(join(top, 'deep/er')).isDirectory()).toBe(true);
    await make('.');
    await make('/');
  });

  test.each([
    ['/proc/nope', 'cannot make the folder /proc/nope: ENOENT', 'choose a folder on a file system'],
    ['/proc/nope/deeper/still', 'cannot make the folder /proc/nope: ENOENT', 'that takes new ones'],
    ['/dev/null/x', 'cannot make the folder /dev/null/x: ENOTDIR', 'remove what stands in its place'],
  ])('%s is refused at once with the folder and the remedy', async (path, message, remedy) => {
    await expect(make(path)).rejects.toMatchObject({ message, remedy: expect.stringContaining(remedy) });
  });

  test('a file in the way is named', async () => {
    writeFileSync(join(top, 'file'), '');
    symlinkSync(join(top, 'nowhere'), join(top, 'dangling'));
    for (const name of ['file', 'dangling']) {
      await expect(make(join(top, name))).rejects.toMatchObject({
        message: `cannot make the folder ${join(top, name)}: EEXIST`,
        remedy: 'remove what stands in its place',
      });
    }
  });
});

test('a durable file in a folder that cannot be made is refused at once', async () => {
  await expect(writeFileDurable('/proc/nope/state.json', 'x')).rejects.toThrow(
    'cannot make the folder /proc/nope: ENOENT',
  );
});
