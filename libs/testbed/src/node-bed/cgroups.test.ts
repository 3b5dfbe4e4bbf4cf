import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import { removeCgroups } from './cgroups.ts';

test('what an enclosure left of its control groups goes from every hierarchy, and nothing else does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rackwright-cgroups-'));
  try {
    const at = (...parts: string[]): string => join(folder, 'sys/fs/cgroup', ...parts);
    for (const hierarchy of ['memory', 'pids']) {
      await mkdir(at(hierarchy, 'rackwright-7', 'pod', 'container'), { recursive: true });
      await mkdir(at(hierarchy, 'rackwright-70'), { recursive: true });
    }
    await removeCgroups('rackwright-7', systemClock, new HostRoot(folder));
    expect(await readdir(at('memory'))).toEqual(['rackwright-70']);
    expect(await readdir(at('pids'))).toEqual(['rackwright-70']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
