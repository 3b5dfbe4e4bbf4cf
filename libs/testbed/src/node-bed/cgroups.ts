import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, isHwError, withDeadline } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';

const goneDeadlineMs = 5000;

/** Folders of every hierarchy; with version 2 the only one is its root. */
async function hierarchies(root: HostRoot): Promise<string[]> {
  const top = root.path(root.sys('fs', 'cgroup'));
  const names = await readdir(top, { withFileTypes: true }).catch(() => []);
  return [top, ...names.filter((entry) => entry.isDirectory()).map((entry) => join(top, entry.name))];
}

/**
 * Removes control group `name` and all below it from every hierarchy. Their
 * processes must have been killed; the kernel takes a moment to let go of them.
 */
export async function removeCgroups(name: string, clock: Clock, root = new HostRoot()): Promise<void> {
  for (const top of await hierarchies(root)) {
    await withDeadline(clock, goneDeadlineMs, `removing ${join(top, name)}`, async (signal) => {
      while (!(await removeTree(join(top, name)))) await clock.sleep(50, signal);
    }).catch((error: unknown) => {
      // A group that is still in use belongs to a process that is being killed; it holds nothing but a name.
      if (!isHwError(error, 'DeadlineExceeded')) throw error;
    });
  }
}

/** True when the folder is gone. The files in it go with it, only groups must be empty. */
async function removeTree(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  return rmdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}
