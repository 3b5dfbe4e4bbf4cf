import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { Workspace } from '../workspace.ts';
import { RootFolder } from './files.ts';
import { checkStatic, programPath } from './machine.ts';
import { parseStorageTools, stageBase, stageMountTools, stageStorageTools } from './stage.ts';

const options = {
  runner: new SystemProcessRunner(systemClock),
  path: process.env.PATH,
  node: process.execPath,
};
const umask = process.umask();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rwstagetest-'));
  process.umask(0o077);
});

afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true });
});

/** Every file below the folder with its mode. */
function files(): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const modes = paths.flatMap((path): [string, string][] => {
    const stat = lstatSync(join(folder, path));
    return stat.isDirectory() ? [] : [[path, (stat.mode & 0o7777).toString(8)]];
  });
  return Object.fromEntries(modes);
}

test('the base has users, certificates and the libraries of Node, and no program', async () => {
  const root = new RootFolder(folder);
  await stageBase(root, false, options);
  const staged = files();
  expect(staged).toMatchObject({
    'etc/passwd': '644',
    'etc/group': '644',
    'etc/ssl/certs/ca-certificates.crt': '644',
  });
  const names = Object.keys(staged).map((path) => path.slice(path.lastIndexOf('/') + 1));
  for (const library of ['libc.so.6', 'libm.so.6', 'libstdc++.so.6', 'libgcc_s.so.1'])
    expect(names).toContain(library);
  expect(names.filter((name) => /^ld-linux/.test(name))).toHaveLength(1);
  expect(Object.keys(staged).filter((path) => !/^(etc|lib(64)?|usr\/lib)\//.test(path))).toEqual([]);
  expect(readFileSync(join(folder, 'etc/passwd'), 'utf8')).toContain('nonroot:x:65532:65532:');
  // Not the machine's own, which may hold more.
  const trusted = readFileSync(join(folder, 'etc/ssl/certs/ca-certificates.crt'), 'utf8');
  expect(trusted).toBe(`${rootCertificates.join('\n')}\n`);
  expect(root.sources).not.toContain('/etc/ssl/certs/ca-certificates.crt');
});

test('on a public base only users and certificates are added', async () => {
  await stageBase(new RootFolder(folder), true, options);
  expect(Object.keys(files()).every((path) => path.startsWith('etc/'))).toBe(true);
});

test('umount loses its set-uid bit; libraries of the base are not packed twice', async () => {
  await stageMountTools(new RootFolder(folder), options);
  const staged = files();
  expect(staged).toMatchObject({ 'usr/bin/nsenter': '755', 'usr/bin/umount': '755' });
  const names = Object.keys(staged).map((path) => path.slice(path.lastIndexOf('/') + 1));
  expect(names).toContain('libmount.so.1');
  expect(names).not.toContain('libc.so.6');
});

test('the programs volumes are made with are packed alike here and on a public image', async () => {
  const own = (name: string): string => new Workspace().own('storage-tools', name);
  const tools = parseStorageTools(readFileSync(own('programs.txt'), 'utf8'));
  await stageStorageTools(new RootFolder(folder), tools, options);
  const places = Object.keys(files()).map((path) => path.replace(/lib\/.*\//, 'lib/'));
  expect(Object.values(files()).every((mode) => mode === '755')).toBe(true);
  expect(places).toContain('usr/sbin/xfs_io');
  rmSync(folder, { recursive: true });
  const env = { PROGRAMS: own('programs.txt'), PATH: '/usr/bin:/bin' };
  const outcome = await options.runner.run(['/bin/sh', own('pack.sh'), 'files', folder], { env });
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  expect(Object.keys(files())).toEqual(places);
  expect(Object.values(files()).every((mode) => !/^[42]/.test(mode.padStart(4, '0')))).toBe(true);
});

test('a program that is missing is named with its package', () => {
  expect(() => programPath('busybox', 'busybox-static', '/bin', () => false)).toThrow(
    expect.objectContaining({
      message: 'busybox is not on this machine',
      remedy: expect.stringContaining('busybox-static'),
    }),
  );
});

test('a busybox that is not static is refused with the package that is', async () => {
  await expect(checkStatic(process.execPath, 'busybox-static', options.runner)).rejects.toMatchObject({
    code: 'FailedPrecondition',
    remedy: expect.stringContaining('busybox-static'),
  });
});
