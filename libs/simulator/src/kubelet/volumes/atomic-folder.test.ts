import { lstat, mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Payload, writePayload } from './atomic-folder.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rwaf-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function payload(files: Record<string, string>, mode = 0o644): Payload {
  return new Map(Object.entries(files).map(([path, text]) => [path, { content: Buffer.from(text), mode }]));
}

async function visible(): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('..'));
  const files: Record<string, string> = {};
  for (const name of names) {
    const path = join(folder, name);
    const inner = (await stat(path)).isDirectory() ? await readdir(path) : [];
    if (inner.length === 0) files[name] = await readFile(path, 'utf8');
    for (const child of inner) files[`${name}/${child}`] = await readFile(join(path, child), 'utf8');
  }
  return files;
}

test('files appear through links that lead over ..data', async () => {
  await writePayload(folder, payload({ token: 't', 'deep/ca.crt': 'c' }, 0o600));
  expect(await visible()).toEqual({ token: 't', 'deep/ca.crt': 'c' });
  expect(await readlink(join(folder, 'token'))).toBe('..data/token');
  expect((await lstat(join(folder, '..data'))).isSymbolicLink()).toBe(true);
  expect((await stat(join(folder, 'token'))).mode & 0o777).toBe(0o600);
});

test('an update switches all files at once and leaves no old ones behind', async () => {
  await writePayload(folder, payload({ a: '1', b: '1' }));
  const before = await readlink(join(folder, '..data'));
  expect(await writePayload(folder, payload({ b: '2', c: '2' }))).toBe(true);
  expect(await visible()).toEqual({ b: '2', c: '2' });
  expect(await readlink(join(folder, '..data'))).not.toBe(before);
  expect((await readdir(folder)).filter((name) => name.startsWith('..'))).toHaveLength(2);
});

test('nothing is written when nothing changed; a new mode is a change', async () => {
  await writePayload(folder, payload({ a: '1' }));
  const before = await readlink(join(folder, '..data'));
  expect(await writePayload(folder, payload({ a: '1' }))).toBe(false);
  expect(await readlink(join(folder, '..data'))).toBe(before);
  expect(await writePayload(folder, payload({ a: '1' }, 0o400))).toBe(true);
});

test.each(['../x', '/x', 'a/../../x', '..data', '', '..'])('%j does not leave the folder', async (path) => {
  await expect(writePayload(folder, payload({ [path]: 'x' }))).rejects.toMatchObject({
    code: 'InvalidArgument',
  });
});

test('after any row of updates the folder shows the last one', async () => {
  const name = fc.constantFrom('a', 'b', 'c', 'dir/x', 'dir/y');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.dictionary(name, fc.string(), { maxKeys: 4 }), { minLength: 1 }),
      async (rows) => {
        for (const row of rows) await writePayload(folder, payload(row));
        expect(await visible()).toEqual({ ...rows.at(-1) });
      },
    ),
    { numRuns: 25 },
  );
});
