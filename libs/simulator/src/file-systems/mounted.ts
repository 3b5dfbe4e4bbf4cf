import { statSync } from 'node:fs';
import type { HostRoot } from '@rackwright/host';
import { fileSystemKey } from '../commands/mount/file-systems.ts';
import { atStart, mountModel } from '../commands/mount/mount-table.ts';
import type { HostDisk } from '../disks/host-disk.ts';
import { readState } from '../host/model.ts';

/** Whether what is on the disk is mounted anywhere on the host. */
export function isMounted(root: HostRoot, disk: HostDisk): boolean {
  const key = fileSystemKey(statSync(root.path(disk.path)));
  return (readState(root, mountModel) ?? atStart).mounts.some(({ fileSystem }) => fileSystem === key);
}
