import { lstat, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@rackwright/host';

/**
 * Makes the device plugin folder ready for a kubelet that starts: sockets of
 * plugins from before are removed, which tells those plugins to register anew.
 *
 * @returns the real path of the folder
 */
export async function preparePluginFolder(path: string): Promise<string> {
  await makeFolder(path, { mode: 0o750 });
  const folder = await realpath(path);
  for (const name of await readdir(folder)) {
    const entry = join(folder, name);
    const stat = await lstat(entry).catch(() => undefined);
    if (stat?.isSocket()) await rm(entry, { force: true });
  }
  return folder;
}
