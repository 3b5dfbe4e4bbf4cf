import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HostRoot } from '@rackwright/host';

/** The control group in which containerd puts the containers of its namespace of the same name. */
const parent = 'k8s.io';

/**
 * Removes the control groups of containers that have no process any more, from
 * every hierarchy. Groups that are in use cannot be removed and stay.
 */
export async function removeEmptyGroups(root = new HostRoot()): Promise<void> {
  const top = root.path(root.sys('fs', 'cgroup'));
  const hierarchies = await readdir(top).catch(() => []);
  for (const hierarchy of ['.', ...hierarchies]) {
    const folder = join(top, hierarchy, parent);
    const groups = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const group of groups) if (group.isDirectory()) await removeTree(join(folder, group.name));
    await remove(folder);
  }
}

/** The files of a group go with it; only the groups below it must go first. */
async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  await remove(folder);
}

async function remove(folder: string): Promise<void> {
  // It is in use, or somebody else was quicker.
  await rmdir(folder).catch(() => undefined);
}
