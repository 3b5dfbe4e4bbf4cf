import type { Mount } from '@rackwright/host';
import { mountOver } from '@rackwright/storage';
import type { CacheBlocker } from './state.ts';

/**
 * Why nothing is mounted at a path although it could be: below a private mount
 * whoever has a mount namespace of his own, as the container runtime may, would
 * not see it, and containers would write to the disk below. Pure.
 */
export function notShared(mounts: readonly Mount[], path: string): CacheBlocker | undefined {
  const over = mountOver(mounts, path);
  if (over === undefined || over.shared) return undefined;
  const detail = `${path} lies in the mount ${over.mountPoint}, which is private: run mount --make-shared ${over.mountPoint} on the node`;
  return { name: 'MountNotShared', detail };
}
