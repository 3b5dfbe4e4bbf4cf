import { lstat, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HostFiles, type HostRoot, parseMountinfo } from '@rackwright/host';
import { volumeDataFile } from './volume-data.ts';

/** Whether something is mounted at this path of the node. */
export function isMounted(host: HostRoot, path: string): boolean {
  const text = new HostFiles(host, { maxBytes: 4 * 1024 * 1024 }).readText(host.proc('self', 'mountinfo'));
  return parseMountinfo(text ?? '').some(({ mountPoint }) => mountPoint === path);
}

/**
 * Takes away the place of a mount, the data file beside it and their folder, as
 * the kubelet does: nothing while it is mounted, and never what is in a folder.
 *
 * @returns whether it is gone
 * @throws what the file system says, ENOTEMPTY for a folder with something in it
 */
export async function removeMountFolder(host: HostRoot, path: string): Promise<boolean> {
  if (isMounted(host, path)) return false;
  await removeOne(host.path(path));
  const folder = dirname(path);
  await removeOne(host.path(join(folder, volumeDataFile)));
  await removeOne(host.path(folder));
  return true;
}

/** Removes a file, link or empty folder; one that is missing is fine. */
export async function removeOne(path: string): Promise<void> {
  try {
    const isFolder = (await lstat(path)).isDirectory();
    await (isFolder ? rmdir(path) : unlink(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Removes a folder and those above it up to `top` as far as they are empty. */
export async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let at = folder; at.startsWith(top); at = dirname(at)) {
    try {
      await rmdir(at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
    }
  }
}
