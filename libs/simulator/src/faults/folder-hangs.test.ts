import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { SimulatedHost } from '../simulated-host.ts';
import { canMountFuse, faults } from './index.ts';

const ifPossible = canMountFuse() ? test : test.skip;

ifPossible('a folder that hangs answers when the fault ends (needs root and /dev/fuse)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rw-hangs-'));
  const host = await SimulatedHost.create(folder, {});
  const fault = faults.folderHangs(host, { path: '/mnt/cache' });
  await fault.apply();
  const reading = readdir(host.root.path('/mnt/cache')).then(
    () => 'names',
    (error: NodeJS.ErrnoException) => error.code,
  );
  for (let i = 0; i < 20; i++) await readdir(host.folder);
  await fault.revert?.();
  expect(['ENOTCONN', 'ECONNABORTED']).toContain(await reading);
  expect(await readdir(host.root.path('/mnt/cache'))).toEqual([]);
  rmSync(folder, { recursive: true });
});
