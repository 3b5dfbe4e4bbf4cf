import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { insideRoot, isOwnPath, layOutRoot } from './sandbox-root.ts';

let folder: string;
let root: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'rwsr-')));
  root = join(folder, 'root');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function source(name: string, files: Record<string, string>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name, path)), { recursive: true });
    await writeFile(join(folder, name, path), text);
  }
  await mkdir(join(folder, name), { recursive: true });
  return join(folder, name);
}

async function read(path: string): Promise<string> {
  return readFile(join(root, path), 'utf8');
}

test('a mount shows its source, both ways', async () => {
  const host = await source('host', { 'sys/a': 'x' });
  await layOutRoot(root, [{ containerPath: '/host/sys', source: join(host, 'sys') }]);
  expect(await read('host/sys/a')).toBe('x');
  await writeFile(join(root, 'host/sys/b'), 'y');
  expect(await readFile(join(host, 'sys/b'), 'utf8')).toBe('y');
});

test('a mount of the same place inside another one changes nothing', async () => {
  const host = await source('host', { 'run/cxi/a': 'x' });
  await layOutRoot(root, [
    { containerPath: '/host/run/cxi', source: join(host, 'run/cxi') },
    { containerPath: '/host', source: host },
  ]);
  await writeFile(join(host, 'run/cxi/b'), 'later');
  expect(await read('host/run/cxi/b')).toBe('later');
});

test('a mount inside another volume covers that part only and leaves the volume alone', async () => {
  const host = await source('host', { 'etc/a': 'a', 'etc/b': 'b' });
  const config = await source('config', { 'b.json': '{}' });
  await layOutRoot(root, [
    { containerPath: '/host', source: host },
    { containerPath: '/host/etc/b', source: config },
  ]);
  expect([await read('host/etc/a'), await read('host/etc/b/b.json')]).toEqual(['a', '{}']);
  expect(await readFile(join(host, 'etc/b'), 'utf8')).toBe('b');
});

test('a mount point is made inside a volume that may hold it', async () => {
  const scratch = await source('scratch', {});
  const certs = await source('certs', { 'tls.crt': 'c' });
  await layOutRoot(root, [
    { containerPath: '/tmp/serving/certs', source: certs },
    { containerPath: '/tmp', source: scratch, holdsMounts: true },
  ]);
  expect(await read('tmp/serving/certs/tls.crt')).toBe('c');
  expect(await readdir(scratch)).toEqual(['serving']);
});

test('a single file can be mounted, and a folder over another mount of the same path', async () => {
  const files = await source('files', { one: '1' });
  const other = await source('other', { x: '2' });
  await layOutRoot(root, [
    { containerPath: '/etc/one', source: join(files, 'one') },
    { containerPath: '/data', source: files },
    { containerPath: '/data', source: other },
  ]);
  expect([await read('etc/one'), await read('data/x')]).toEqual(['1', '2']);
});

test('what a volume holds where another is mounted is covered, not removed', async () => {
  const scratch = await source('scratch', { 'conf/mine': 'kept', other: 'o' });
  const config = await source('config', { given: 'g' });
  await layOutRoot(root, [
    { containerPath: '/data', source: scratch, holdsMounts: true },
    { containerPath: '/data/conf', source: config },
  ]);
  expect([await read('data/conf/given'), await read('data/other')]).toEqual(['g', 'o']);
  expect(await readFile(join(scratch, 'conf/mine'), 'utf8')).toBe('kept');
});

test('a path is the root’s own unless a mount lies on the way', async () => {
  const host = await source('host', { 'dev/x': '' });
  await layOutRoot(root, [{ containerPath: '/dev', source: join(host, 'dev') }]);
  expect(await isOwnPath(root, join(root, 'etc/passwd'))).toBe(true);
  expect(await isOwnPath(root, join(root, 'dev/termination-log'))).toBe(false);
});

test('words that are paths in the container lead into its root, all others stay as they are', async () => {
  await mkdir(join(root, 'data'), { recursive: true });
  await writeFile(join(root, 'data/starts'), '');
  const words = ['/data/starts', '/data', '/data/none', '/bin/sh', 'data', '/', '--file=/data', ''];
  const found = words.map((word) => insideRoot(root, word));
  expect(found).toEqual([join(root, 'data/starts'), join(root, 'data'), ...words.slice(2)]);
});
