import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HostFiles } from './host-files.ts';
import { HostRoot } from './host-root.ts';
import { OpenFolder } from './open-folder.ts';
import { formatFailures, ifPresent, isAbsence, UnreadableError } from './unreadable.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'unreadable-'));
  mkdirSync(join(root, 'sys'));
  writeFileSync(join(root, 'sys/value'), '1\n');
  symlinkSync('value', join(root, 'sys/link'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const failing = (code: string) => (): never => {
  throw Object.assign(new Error(`${code}: made up`), { code });
};

test('a process without file descriptors does not take what it cannot open for missing', () => {
  const script = fileURLToPath(new URL('./testdata/no-descriptors.ts', import.meta.url));
  const command = `ulimit -n 64; exec "$0" --conditions=@rackwright/source "$1" "$2"`;
  const out = execFileSync('sh', ['-c', command, process.execPath, script, root], { encoding: 'utf8' });
  expect(JSON.parse(out)).toEqual({
    before: expect.arrayContaining(['link', 'value']),
    list: 'EMFILE',
    text: 'EMFILE',
    link: 'value',
    exists: true,
    missing: 'absent',
    missingFolder: [],
  });
});

test('a file that the kernel refuses to read is named with the error, and read again when it can be', () => {
  const files = new HostFiles(new HostRoot());
  // At address 0 of this process there is nothing, which read(2) says with EIO.
  const read = (): unknown => files.readText('/proc/self/mem');
  expect(read).toThrow(UnreadableError);
  expect(read).toThrow('/proc/self/mem cannot be read: EIO');
  const folder = new OpenFolder(files, `/proc/${process.pid}`, { free: 4 });
  expect(folder.refresh()).toBe(true);
  expect(() => folder.readText('mem')).toThrow(`/proc/${process.pid}/mem cannot be read: EIO`);
  expect(folder.readText('comm')).toBeDefined();
  folder[Symbol.dispose]();
});

test.each(['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO', 'ESRCH', 'ELOOP', 'EINVAL'])(
  '%s says that there is nothing',
  (code) => {
    expect(isAbsence({ code })).toBe(true);
    expect(ifPresent('/sys/x', failing(code))).toBeUndefined();
  },
);

test.each(['EMFILE', 'ENFILE', 'EACCES', 'EPERM', 'EIO', 'ENOMEM', 'EAGAIN', 'ETIMEDOUT', 'EBUSY'])(
  '%s says nothing about what is there',
  (code) => {
    expect(isAbsence({ code })).toBe(false);
    expect(() => ifPresent('/sys/x', failing(code))).toThrow(
      expect.objectContaining({ code: 'Unavailable', failure: { path: '/sys/x', code } }),
    );
  },
);

test('many failures are told in one line', () => {
  const failures = ['a', 'b', 'c', 'd', 'e'].map((path) => ({ path, code: 'EIO' }));
  expect(formatFailures(failures)).toBe('a (EIO), b (EIO), c (EIO) and 2 more');
});
