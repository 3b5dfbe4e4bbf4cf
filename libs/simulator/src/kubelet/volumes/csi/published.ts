import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HostRoot } from '@rackwright/host';
import { csiPaths } from './csi-paths.ts';
import { loadVolumeData, type VolumeData } from './volume-data.ts';

/** Pods that have, or may have, a volume with a file system of a driver published. */
export async function publishedTo(
  host: HostRoot,
  { driverName, volumeHandle }: Pick<VolumeData, 'driverName' | 'volumeHandle'>,
): Promise<string[]> {
  const found: string[] = [];
  for (const uid of await names(host.path(csiPaths.pods))) {
    for (const name of await names(host.path(csiPaths.podVolumes(uid)))) {
      const folder = dirname(csiPaths.target(uid, name));
      // What cannot be read counts as this volume: nothing is taken away on a guess.
      const data = await loadVolumeData(host.path(folder)).catch(() => 'unreadable' as const);
      if (data === undefined) continue;
      const isIt =
        data === 'unreadable' || (data.driverName === driverName && data.volumeHandle === volumeHandle);
      if (isIt) found.push(uid);
    }
  }
  return found;
}

/** Pods of which something of a driver is left on the node. */
export async function podsWithVolumes(host: HostRoot): Promise<string[]> {
  const found: string[] = [];
  for (const uid of await names(host.path(csiPaths.pods))) {
    const folders = [csiPaths.podVolumes(uid), csiPaths.podDevices(uid)];
    const left = await Promise.all(folders.map((folder) => names(host.path(folder))));
    if (left.some((one) => one.length > 0)) found.push(uid);
  }
  return found;
}

/** Pods to which a raw block volume is published. */
export async function mappedTo(host: HostRoot, volume: string): Promise<string[]> {
  const pods = await names(host.path(csiPaths.pods));
  const links = await Promise.all(pods.map((uid) => names(host.path(csiPaths.podDevices(uid)))));
  return pods.filter((_, i) => links[i]?.includes(volume));
}

/** What is in a folder; nothing if it is missing. */
export async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Path of the target of a volume of a pod by the name of its folder. */
export function targetIn(uid: string, folder: string): string {
  return join(csiPaths.podVolumes(uid), folder, 'mount');
}
