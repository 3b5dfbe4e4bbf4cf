import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { removeFileDurable, removeLeftovers, writeFileDurable } from './durable-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'durable-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a file is replaced whole, with its mode, and nothing is left beside it', async () => {
  const path = join(folder, 'deep/state.json');
  await writeFileDurable(path, 'one');
  await writeFileDurable(path, 'two', { mode: 0o600 });
  expect(await readFile(path, 'utf8')).toBe('two');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder, 'deep'))).toEqual(['state.json']);
});

test('many writers at once leave one whole content', async () => {
  const path = join(folder, 'state');
  const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(1000));
  await Promise.all(contents.map((content) => writeFileDurable(path, content)));
  expect(contents).toContain(await readFile(path, 'utf8'));
  expect(await readdir(folder)).toEqual(['state']);
});

test('a failed write keeps the old content and removes its temporary file', async () => {
  const path = join(folder, 'state');
  await writeFileDurable(join(path, 'inner'), 'a folder now stands at the path');
  await expect(writeFileDurable(path, 'x')).rejects.toThrow();
  expect(await readdir(folder)).toEqual(['state']);
});

test('what a crash left behind is removed at the next start, other files are not', async () => {
  const path = join(folder, 'state');
  await writeFile(join(folder, '.state.99.1.tmp'), 'half');
  await writeFile(join(folder, '.other.99.1.tmp'), 'half');
  await removeLeftovers(path);
  await removeLeftovers(join(folder, 'no/such/folder/x'));
  expect(await readdir(folder)).toEqual(['.other.99.1.tmp']);
});

test('removing a file that is not there is fine', async () => {
  await expect(removeFileDurable(join(folder, 'none'))).resolves.toBeUndefined();
});
