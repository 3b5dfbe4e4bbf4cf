import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HostFiles, HostRoot } from '@rackwright/host';
import { deviceNodeErrors } from './node-errors.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rw-nodes-'));
  mkdirSync(join(folder, 'dev'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function errors(present = true): [string, string][] {
  const device = { name: 'cxi0', devNode: { path: '/dev/cxi0', present } };
  return [...deviceNodeErrors(new HostFiles(new HostRoot(folder)), [device])];
}

test('a device node without a driver behind it cannot be opened; one that is kept from us may be fine', () => {
  const path = join(folder, 'dev/cxi0');
  expect(errors()).toEqual([]);
  writeFileSync(path, '');
  expect(errors()).toEqual([]);
  rmSync(path);
  // Major 509 is in the range for local use (Documentation/admin-guide/devices.txt): no driver here.
  if (spawnSync('mknod', [path, 'c', '509', '0']).status === 0) {
    expect(errors()).toEqual([['cxi0', 'ENXIO']]);
    expect(errors(false)).toEqual([]);
  }
});
