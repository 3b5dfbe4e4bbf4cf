import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';

/** Memory of one container, as its control group accounts for it, in bytes. */
export interface ContainerMemory {
  /** Everything charged to the group, file pages included. */
  readonly usage: number;
  /** Anonymous memory. */
  readonly anonymous: number;
  /** What the kubelet reports and evicts by: usage without inactive file pages. */
  readonly workingSet: number;
  /** The most it has been. */
  readonly peak: number;
}

/** Names of the same facts in one version of the memory controller. */
interface MemoryFiles {
  readonly usage: string;
  readonly peak: string;
  readonly anonymous: string;
  readonly inactive: string;
}

const first: MemoryFiles = {
  usage: 'memory.usage_in_bytes',
  peak: 'memory.max_usage_in_bytes',
  anonymous: 'total_rss',
  inactive: 'total_inactive_file',
};
const second: MemoryFiles = {
  usage: 'memory.current',
  peak: 'memory.peak',
  anonymous: 'anon',
  inactive: 'inactive_file',
};

/**
 * Reads the memory controller of container `id`, version 1 or 2 (Linux
 * Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst).
 *
 * @throws HwError NotFound if no group is named after the container, or a fact
 *   is missing: nothing that is not counted may pass for small
 */
export async function readContainerMemory(id: string, root = new HostRoot()): Promise<ContainerMemory> {
  const top = root.path(root.sys('fs', 'cgroup'));
  const older = await find(join(top, 'memory'), id);
  const folder = older ?? (await find(top, id));
  if (folder === undefined) throw new HwError('NotFound', `no control group is named after container ${id}`);
  const names = older === undefined ? second : first;
  const number = (text: string | undefined, name: string): number => {
    if (text !== undefined && /^\d+$/.test(text)) return Number(text);
    throw new HwError('NotFound', `${folder} does not tell ${name}`);
  };
  const read = async (name: string): Promise<string> =>
    (await readFile(join(folder, name), 'utf8').catch(() => '')).trim();
  const stat = new Map(
    (await read('memory.stat')).split('\n').map((line) => line.split(' ') as [string, string]),
  );
  const usage = number(await read(names.usage), names.usage);
  return {
    usage,
    peak: number(await read(names.peak), names.peak),
    anonymous: number(stat.get(names.anonymous), names.anonymous),
    workingSet: Math.max(0, usage - number(stat.get(names.inactive), names.inactive)),
  };
}

/** The folder named `name` at most six levels below `folder`. */
async function find(folder: string, name: string, depth = 6): Promise<string | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    if (entry.name === name) return join(folder, name);
    const below = depth > 0 ? await find(join(folder, entry.name), name, depth - 1) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}
