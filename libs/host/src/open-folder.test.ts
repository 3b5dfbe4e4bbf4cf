import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HostFiles } from './host-files.ts';
import { HostRoot } from './host-root.ts';
import { OpenFolder } from './open-folder.ts';

let root: string;
let folder: OpenFolder;
const budget = { free: 0 };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'open-folder-'));
  mkdirSync(join(root, 'sys'));
  budget.free = 4;
  folder = new OpenFolder(new HostFiles(new HostRoot(root)), '/sys', budget);
});

afterEach(() => {
  folder[Symbol.dispose]();
  rmSync(root, { recursive: true, force: true });
});

const write = (name: string, text: string): void => writeFileSync(join(root, 'sys', name), text);

function read(name: string): string | undefined {
  return folder.refresh() ? folder.readTrimmed(name) : undefined;
}

test('each read gives the present value', () => {
  write('link', '1\n');
  expect(read('link')).toBe('1');
  write('link', '0\n');
  expect(read('link')).toBe('0');
});

test('a file that was replaced by another is read, not the old one', () => {
  write('link', '1\n');
  expect(read('link')).toBe('1');
  write('new', '0\n');
  renameSync(join(root, 'sys/new'), join(root, 'sys/link'));
  expect(read('link')).toBe('0');
});

test('a file that is added is named', () => {
  write('link', '1');
  folder.refresh();
  expect(folder.names()).toEqual(['link']);
  write('speed', '2');
  folder.refresh();
  expect([...folder.names()].sort()).toEqual(['link', 'speed']);
});

test('a folder that went away and came back is read anew', () => {
  write('link', '1\n');
  expect(read('link')).toBe('1');
  rmSync(join(root, 'sys'), { recursive: true });
  expect([folder.refresh(), folder.readTrimmed('link'), folder.names()]).toEqual([false, undefined, []]);
  mkdirSync(join(root, 'sys'));
  write('link', '0\n');
  expect(read('link')).toBe('0');
});

test('what is no regular file of that very folder is not read', () => {
  writeFileSync(join(root, 'secret'), 'secret');
  symlinkSync('../secret', join(root, 'sys/link'));
  mkdirSync(join(root, 'sys/sub'));
  expect(['link', 'sub', '../secret', 'missing', '', '.'].map(read)).toEqual(Array(6).fill(undefined));
});

test('a folder that is a link out of the root is not read', () => {
  rmSync(join(root, 'sys'), { recursive: true });
  symlinkSync(tmpdir(), join(root, 'sys'));
  expect(folder.refresh()).toBe(false);
});

test('no more files stay open than allowed, and all can be read', () => {
  const before = readdirSync('/proc/self/fd').length;
  for (let i = 0; i < 10; i++) write(`f${i}`, String(i));
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 10; i++) expect(read(`f${i}`)).toBe(String(i));
  }
  expect([readdirSync('/proc/self/fd').length - before, budget.free]).toEqual([4, 0]);
  folder[Symbol.dispose]();
  expect([readdirSync('/proc/self/fd').length - before, budget.free]).toEqual([0, 4]);
});
