import { chmod, mkdir, rm } from 'node:fs/promises';
import { posix } from 'node:path';
import { HwError } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import type { CacheVolume } from './volume.ts';

/** Whether containers share a volume or get a folder of it each. */
export const isolations = ['None', 'Directory'] as const;
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
  root: HostRoot,
  volume: Pick<CacheVolume, 'hostPath'>,
  unit: string,
): Promise<void> {
  const path = unitFolder(volume, unit, 'Directory');
  const folder = root.path(path);
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    // The mask of the process takes bits from those given to mkdir.
    await chmod(posix.dirname(folder), sticky);
    await chmod(folder, sticky);
  } catch (cause) {
    throw new HwError('Unavailable', `cannot make ${path} anew`, { cause });
  }
}
