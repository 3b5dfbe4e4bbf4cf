import { readdirSync, statSync } from 'node:fs';
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

/** Whether another device has the disk, such as an active volume. */
export function isHeld(root: HostRoot, disk: HostDisk): boolean {
  const folder = root.path(`/sys/class/block/${disk.name}/holders`);
  return (
    disk.device !== undefined &&
    statSync(folder, { throwIfNoEntry: false }) !== undefined &&
    readdirSync(folder).length > 0
  );
}
