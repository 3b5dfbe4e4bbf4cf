import { spawnSync } from 'node:child_process';
import { access, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { lockFile } from './lock-file.ts';
import { type Owner, thisProcess } from './owner.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

const clock = systemClock;
let folder: TemporaryFolder;
let path: string;

beforeEach(async () => {
  folder = await temporaryFolder('rwlock-');
  path = join(folder.path, 'lock');
});
afterEach(() => folder[Symbol.asyncDispose]());

function deadProcess(): Owner {
  const { pid } = spawnSync('true');
  return { ...thisProcess(), pid };
}

test('it says who holds it, and is gone when it is given back', async () => {
  const held = await lockFile(path, { clock });
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(thisProcess());
  await held[Symbol.asyncDispose]();
  await expect(access(path)).rejects.toThrow(/ENOENT/);
  expect(await readdir(folder.path)).toEqual(['owner.json']);
});

test('only one at a time holds it, and those who wait get it afterwards', async () => {
  let holders = 0;
  let most = 0;
  let waited = 0;
  const work = async (): Promise<void> => {
    await using _held = await lockFile(path, { clock, onWait: () => waited++ });
    most = Math.max(most, ++holders);
    await clock.sleep(5);
    holders--;
  };
  await Promise.all([work(), work(), work()]);
  expect({ most, waited }).toEqual({ most: 1, waited: 2 });
});

test('a lock whose holder died is taken over', async () => {
  await writeFile(path, JSON.stringify(deadProcess()));
  await using _held = await lockFile(path, { clock });
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(thisProcess());
});

test('a lock from another machine is respected while it is touched, and taken over afterwards', async () => {
  await writeFile(path, JSON.stringify({ ...deadProcess(), host: 'elsewhere' }));
  const { promise: waiting, resolve } = Promise.withResolvers<Owner | undefined>();
  const lock = lockFile(path, { clock, onWait: resolve });
  expect(await waiting).toMatchObject({ host: 'elsewhere' });
  const old = new Date(clock.now() - 60_000);
  await utimes(path, old, old);
  await using _held = await lock;
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(thisProcess());
});

test('a file that names no holder blocks nobody for long', async () => {
  await writeFile(path, 'garbage');
  const old = new Date(clock.now() - 60_000);
  await utimes(path, old, old);
  await using _held = await lockFile(path, { clock });
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(thisProcess());
});

test('waiting can be given up, which leaves the lock to its holder', async () => {
  await using _held = await lockFile(path, { clock });
  const stop = new AbortController();
  const waiting = lockFile(path, {
    clock,
    signal: stop.signal,
    onWait: () => stop.abort(new Error('enough')),
  });
  await expect(waiting).rejects.toThrow('enough');
  expect(await readdir(folder.path)).toEqual(expect.arrayContaining(['lock', 'owner.json']));
  expect(await readdir(folder.path)).toHaveLength(2);
});

test('a folder that cannot be written is an error, not an endless wait', async () => {
  await expect(lockFile(join(folder.path, 'missing/lock'), { clock })).rejects.toThrow(/ENOENT/);
});
