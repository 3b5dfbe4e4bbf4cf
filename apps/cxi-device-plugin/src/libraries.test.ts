import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { HostFiles, HostRoot } from '@rackwright/host';
import { socketFolder } from '@rackwright/kubelet/testing';
import { findLibraries, librarySources } from './libraries.ts';

/** A host with these files: text, or `-> target` for a link. */
function host(root: string, entries: Record<string, string>): HostFiles {
  for (const [path, content] of Object.entries(entries)) {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), full);
    else writeFileSync(full, content);
  }
  return new HostFiles(new HostRoot(root));
}

const sources = librarySources({ ofiRoot: '/opt/cray/lib64', cxiRoot: '/usr/lib64' });

test('each name of a chain of links leads to the real file, wherever that lies', () => {
  using folder = socketFolder();
  const files = host(folder.path, {
    'opt/cray/lib64/libfabric.so': '-> libfabric.so.1',
    'opt/cray/lib64/libfabric.so.1': '-> /opt/cray/libfabric/2.1/lib64/libfabric.so.1.25.0',
    'opt/cray/libfabric/2.1/lib64/libfabric.so.1.25.0': 'elf',
    'usr/lib64/libcxi.so.1': '-> libcxi.so.1.5',
    'usr/lib64/libcxi.so.1.5': 'elf',
    'usr/lib64/libcxiutils.so.0': 'elf',
    'usr/lib64/libc.so.6': 'elf',
    'usr/lib64/libfabric.so.1': 'elf',
  });
  const real = '/opt/cray/libfabric/2.1/lib64/libfabric.so.1.25.0';
  expect(findLibraries(files, sources)).toEqual([
    { containerPath: '/opt/cray/lib64/libfabric.so', hostPath: real },
    { containerPath: '/opt/cray/lib64/libfabric.so.1', hostPath: real },
    { containerPath: '/usr/lib64/libcxi.so.1', hostPath: '/usr/lib64/libcxi.so.1.5' },
    { containerPath: '/usr/lib64/libcxi.so.1.5', hostPath: '/usr/lib64/libcxi.so.1.5' },
    { containerPath: '/usr/lib64/libcxiutils.so.0', hostPath: '/usr/lib64/libcxiutils.so.0' },
  ]);
});

test('links that lead nowhere, in circles or to a folder are left out', () => {
  using folder = socketFolder();
  const files = host(folder.path, {
    'usr/lib64/libcxi.so': '-> nowhere',
    'usr/lib64/libcxi.so.1': '-> libcxi.so.2',
    'usr/lib64/libcxi.so.2': '-> libcxi.so.1',
    'usr/lib64/libcxi.d/x': '',
  });
  expect(findLibraries(files, sources)).toEqual([]);
});

test('one folder for both gives each file once', () => {
  using folder = socketFolder();
  const files = host(folder.path, { 'lib/libcxi.so': '', 'lib/libfabric.so': '' });
  const both = findLibraries(files, [
    ...librarySources({ ofiRoot: '/lib', cxiRoot: '/lib/' }),
    ...librarySources({ ofiRoot: '/lib/.', cxiRoot: '/lib' }),
  ]);
  expect(both.map(({ containerPath }) => containerPath)).toEqual(['/lib/libcxi.so', '/lib/libfabric.so']);
});
