import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { posix } from 'node:path';
import { type BoundedCalls, HwError } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import type { CacheVolume } from './volume.ts';

/** Whether containers share a volume or get a folder of it each, which may hold their share and no more. */
export const isolations = ['None', 'Directory', 'DirectoryQuota'] as const;
export type Isolation = (typeof isolations)[number];

/** The folder of the host that a container with this unit gets. Pure. */
export function unitFolder(
  { hostPath }: Pick<CacheVolume, 'hostPath'>,
  unit: string,
  isolation: Isolation,
): string {
  return isolation === 'None' ? hostPath : posix.join(hostPath, '.units', unit);
}

const sticky = 0o1777;

/**
 * Makes the folder of a unit anew: whoever gets it next finds nothing of the one
 * before. Containers run as any user, so all may write to it.
 *
 * @throws HwError Unavailable if it cannot be made
 */
export async function renewUnitFolder(
  { root, calls }: { readonly root: HostRoot; readonly calls: BoundedCalls },
  volume: Pick<CacheVolume, 'hostPath'>,
  unit: string,
): Promise<void> {
  const path = unitFolder(volume, unit, 'Directory');
  const folder = root.path(path);
  try {
    await calls.run(`renewal of ${path}`, () => renew(folder));
  } catch (cause) {
    throw new HwError('Unavailable', `cannot make ${path} anew`, { cause });
  }
  // The kubelet waits for its answer, and millions of files take minutes.
  removeOld(posix.dirname(folder)).catch(() => undefined);
}

const oldPrefix = '.old-';

async function renew(folder: string): Promise<void> {
  const units = posix.dirname(folder);
  await rename(folder, posix.join(units, `${oldPrefix}${randomUUID()}`)).catch(ifMissing);
  await mkdir(folder, { recursive: true });
  // The mask of the process takes bits from those given to mkdir.
  await chmod(units, sticky);
  await chmod(folder, sticky);
}

/** Also what an agent that ended left over. */
async function removeOld(units: string): Promise<void> {
  const old = (await readdir(units)).filter((name) => name.startsWith(oldPrefix));
  for (const name of old) await rm(posix.join(units, name), { recursive: true, force: true });
}

function ifMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
