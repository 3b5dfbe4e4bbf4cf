import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { HostRoot } from '@rackwright/host';
import { temporaryFolder } from '../process/temporary-folder.ts';
import { readContainerMemory } from './container-memory.ts';

const older = {
  'memory.usage_in_bytes': '300\n',
  'memory.max_usage_in_bytes': '500\n',
  'memory.stat': 'rss 1\ntotal_rss 200\ntotal_inactive_file 50\n',
};
const newer = {
  'memory.current': '300\n',
  'memory.peak': '500\n',
  'memory.stat': 'anon 200\ninactive_file 50\n',
};

/** A host whose memory controller has `files` for container `c0ffee`. */
async function host(path: string, group: string, files: Readonly<Record<string, string>>): Promise<HostRoot> {
  const folder = join(path, 'sys/fs/cgroup', group, 'c0ffee');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return new HostRoot(path);
}

test.each([
  ['1', 'memory/k8s.io', older],
  ['2', 'k8s.io', newer],
] as const)('control groups of version %s tell what a container holds', async (_, group, files) => {
  await using folder = await temporaryFolder('rwmem-');
  const root = await host(folder.path, group, files);
  expect(await readContainerMemory('c0ffee', root)).toEqual({
    ...{ usage: 300, peak: 500, anonymous: 200, workingSet: 250 },
  });
});

test.each(Object.keys(older))('without %s there is no answer, rather than nought', async (missing) => {
  await using folder = await temporaryFolder('rwmem-');
  const rest = Object.fromEntries(Object.entries(older).filter(([name]) => name !== missing));
  const root = await host(folder.path, 'memory/k8s.io', rest);
  await expect(readContainerMemory('c0ffee', root)).rejects.toThrow(/c0ffee does not tell /);
});
