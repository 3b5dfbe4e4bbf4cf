import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CachedFiles } from './cached-files.ts';
import { HostFiles } from './host-files.ts';
import { HostRoot } from './host-root.ts';

let root: string;
let files: CachedFiles;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cached-files-'));
  for (const name of ['cxi0', 'cxi1']) {
    mkdirSync(join(root, 'sys', name), { recursive: true });
    writeFileSync(join(root, 'sys', name, 'link'), '1\n');
  }
  symlinkSync('cxi0', join(root, 'sys/first'));
  files = new CachedFiles(new HostFiles(new HostRoot(root)), { free: 100 });
});

afterEach(() => {
  files[Symbol.dispose]();
  rmSync(root, { recursive: true, force: true });
});

const open = (): number => readdirSync('/proc/self/fd').length;

test('in every batch files give their present value, and stay open between', () => {
  const before = open();
  const look = (): (string | undefined)[] =>
    ['cxi0', 'cxi1', 'first', 'cxi2'].map((name) => files.readTrimmed(`/sys/${name}/link`));
  expect(files.batch(look)).toEqual(['1', '1', '1', undefined]);
  expect(open() - before).toBe(2);
  writeFileSync(join(root, 'sys/cxi1/link'), '0\n');
  expect(files.batch(look)).toEqual(['1', '0', '1', undefined]);
  expect(open() - before).toBe(2);
});

test('what a batch does not read is closed after it', () => {
  const before = open();
  files.batch(() => [files.readText('/sys/cxi0/link'), files.readText('/sys/cxi1/link')]);
  files.batch(() => files.readText('/sys/cxi0/link'));
  expect(open() - before).toBe(1);
  files[Symbol.dispose]();
  expect(open()).toBe(before);
});

test('outside a batch everything is read and nothing is kept', () => {
  const before = open();
  expect([files.readText('/sys/cxi0/link'), files.readInteger('/sys/cxi0/link')]).toEqual(['1\n', 1]);
  expect(files.list('/sys').sort()).toEqual(['cxi0', 'cxi1', 'first']);
  expect([files.readLink('/sys/first'), files.resolve('/sys/first/link')]).toEqual([
    'cxi0',
    '/sys/cxi0/link',
  ]);
  expect([files.exists('/sys/cxi2'), files.stat('/sys/cxi0')?.isDirectory()]).toEqual([false, true]);
  expect(open()).toBe(before);
});

test('a link that leads elsewhere in the next batch is followed anew', () => {
  expect(files.batch(() => files.readTrimmed('/sys/first/link'))).toBe('1');
  writeFileSync(join(root, 'sys/cxi1/link'), '0\n');
  rmSync(join(root, 'sys/first'));
  symlinkSync('cxi1', join(root, 'sys/first'));
  expect(files.batch(() => files.readTrimmed('/sys/first/link'))).toBe('0');
});
