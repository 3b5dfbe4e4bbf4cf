import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { HostRoot } from '@rackwright/host';
import { removeEmptyGroups } from './cgroups.ts';

test('groups of dead containers go from every hierarchy, one that is in use stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rackwright-cgroups-'));
  try {
    const at = (...parts: string[]): string => join(folder, 'sys/fs/cgroup', ...parts);
    for (const hierarchy of ['memory', 'pids']) {
      await mkdir(at(hierarchy, 'k8s.io', 'dead', 'below'), { recursive: true });
      await mkdir(at(hierarchy, 'others', 'dead'), { recursive: true });
    }
    await mkdir(at('pids', 'k8s.io', 'living'), { recursive: true });
    // In a plain folder a file stands for the process that keeps a group.
    await writeFile(at('pids', 'k8s.io', 'living', 'process'), '');
    await removeEmptyGroups(new HostRoot(folder));
    expect(await readdir(at('memory'))).toEqual(['others']);
    expect(await readdir(at('pids', 'k8s.io'))).toEqual(['living']);
    expect(await readdir(at('pids', 'others'))).toEqual(['dead']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
