import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HostFiles } from './host-files.ts';
import { HostRoot } from './host-root.ts';

let outside: string;
let folder: string;
let files: HostFiles;

beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), 'host-files-'));
  folder = join(outside, 'root');
  mkdirSync(join(folder, 'sys/class'), { recursive: true });
  writeFileSync(join(outside, 'secret'), 'secret');
  files = new HostFiles(new HostRoot(folder), { maxBytes: 1024, maxEntries: 16 });
});

afterEach(() => rmSync(outside, { recursive: true, force: true }));

test('reads a value without its newline and a number in either base', () => {
  writeFileSync(join(folder, 'sys/nid'), '0x12\n');
  writeFileSync(join(folder, 'sys/numa'), '-1\n');
  expect([
    files.readTrimmed('/sys/nid'),
    files.readInteger('/sys/nid'),
    files.readInteger('/sys/numa'),
  ]).toEqual(['0x12', 18, -1]);
});

test('a missing file, a folder, a FIFO and an unreadable path give nothing and do not block', () => {
  execFileSync('mkfifo', [join(folder, 'sys/fifo')]);
  mkdirSync(join(folder, 'sys/dir'));
  for (const path of ['/sys/none', '/sys/fifo', '/sys/dir', '/sys/dir/x/y', '/sys/\0', '/sys/fifo/x']) {
    expect(files.readText(path)).toBeUndefined();
  }
});

test('an absolute symlink leads below the host root, never out of it', () => {
  writeFileSync(join(folder, 'inside'), 'inside');
  symlinkSync('/inside', join(folder, 'sys/absolute'));
  symlinkSync('../../../../../../inside', join(folder, 'sys/climbing'));
  symlinkSync(join(outside, 'secret'), join(folder, 'sys/escape'));
  symlinkSync('../../secret', join(folder, 'sys/class/relative-escape'));
  expect(files.readText('/sys/absolute')).toBe('inside');
  expect(files.readText('/sys/climbing')).toBe('inside');
  expect(files.readText('/sys/escape')).toBeUndefined();
  expect(files.readText('/sys/class/relative-escape')).toBeUndefined();
  expect(files.readText('/../secret')).toBeUndefined();
});

test('a symlink loop gives nothing', () => {
  symlinkSync('b', join(folder, 'a'));
  symlinkSync('a', join(folder, 'b'));
  expect([files.readText('/a'), files.stat('/a'), files.resolve('/a')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('a path made long by links is given up, and one as deep as sysfs gets is not', () => {
  mkdirSync(join(folder, 'deep'));
  writeFileSync(join(folder, 'deep/value'), '1');
  symlinkSync(`${'deep/../'.repeat(20)}deep`, join(folder, 'winding'));
  symlinkSync(`${'deep/../'.repeat(200)}deep`, join(folder, 'maze'));
  expect([files.readTrimmed('/winding/value'), files.readTrimmed('/maze/value')]).toEqual(['1', undefined]);
});

test('content and listings are cut at the limit', () => {
  writeFileSync(join(folder, 'big'), 'x'.repeat(5000));
  mkdirSync(join(folder, 'many'));
  for (let i = 0; i < 40; i++) writeFileSync(join(folder, 'many', String(i)), '');
  expect([files.readText('/big')?.length, files.list('/many').length]).toEqual([1024, 16]);
});

test('a value of the running kernel is read however much a reader of long files may take', () => {
  const real = new HostFiles(new HostRoot('/'), { maxBytes: 16 * 1024 * 1024 });
  expect(real.readTrimmed('/proc/sys/kernel/random/boot_id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('a file longer than one read comes whole', () => {
  const text = 'line of a mount table\n'.repeat(10_000);
  writeFileSync(join(folder, 'sys/long'), text);
  const long = new HostFiles(new HostRoot(folder), { maxBytes: 1024 * 1024 });
  expect(long.readText('/sys/long')).toBe(text);
});

test('listing, link text and existence are told', () => {
  symlinkSync('../devices/x', join(folder, 'sys/class/cxi0'));
  expect(files.list('/sys/class')).toEqual(['cxi0']);
  expect(files.readLink('/sys/class/cxi0')).toBe('../devices/x');
  expect([files.exists('/sys/class'), files.exists('/sys/class/cxi0')]).toEqual([true, false]);
});

test('no text in a file makes readInteger throw or return something unsafe', () => {
  chmodSync(folder, 0o755);
  const path = join(folder, 'value');
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.bigInt().map(String)), (text) => {
      writeFileSync(path, text);
      const value = files.readInteger('/value');
      expect(value === undefined || Number.isSafeInteger(value)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('in a batch the way to a folder is looked up once, values are always read anew', () => {
  mkdirSync(join(folder, 'a'));
  mkdirSync(join(folder, 'b'));
  writeFileSync(join(folder, 'a/value'), '1');
  writeFileSync(join(folder, 'b/value'), '2');
  symlinkSync('a', join(folder, 'link'));
  const seen = files.batch(() => {
    const before = files.readText('/link/value');
    rmSync(join(folder, 'link'));
    symlinkSync('b', join(folder, 'link'));
    writeFileSync(join(folder, 'a/value'), '3');
    return [before, files.readText('/link/value')];
  });
  expect([...seen, files.readText('/link/value')]).toEqual(['1', '3', '2']);
});
