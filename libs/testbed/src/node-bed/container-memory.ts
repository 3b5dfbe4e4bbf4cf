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

const root = new HostRoot();

/**
 * Reads the memory controller of container `id`, version 1 or 2 (Linux
 * Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst).
 *
 * @throws HwError NotFound if no group is named after the container
 */
export async function readContainerMemory(id: string): Promise<ContainerMemory> {
  const top = root.path(root.sys('fs', 'cgroup'));
  const folder = (await find(join(top, 'memory'), id)) ?? (await find(top, id));
  if (folder === undefined) throw new HwError('NotFound', `no control group is named after container ${id}`);
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8').catch(() => '');
  const stat = new Map(
    (await read('memory.stat')).split('\n').map((line) => {
      const [key = '', value = ''] = line.split(' ');
      return [key, Number(value)] as const;
    }),
  );
  const usage = Number((await read('memory.usage_in_bytes')) || (await read('memory.current')));
  const peak = Number((await read('memory.max_usage_in_bytes')) || (await read('memory.peak')));
  const inactive = stat.get('total_inactive_file') ?? stat.get('inactive_file') ?? 0;
  return {
    usage,
    peak,
    anonymous: stat.get('total_rss') ?? stat.get('anon') ?? 0,
    workingSet: Math.max(0, usage - inactive),
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
