import type { HostCommand } from './commands/command.ts';
import { modprobe } from './commands/modprobe.ts';
import { findmnt } from './commands/mount/findmnt.ts';
import { mount } from './commands/mount/mount.ts';
import { umount } from './commands/mount/umount.ts';
import { tee } from './commands/tee.ts';
import { fileSystemCommands } from './file-systems/index.ts';
import { lvmCommands } from './lvm/lvm.ts';
import { nvmeCommands } from './nvme/cli/nvme.ts';
import { ndctl } from './pmem/cli/ndctl.ts';

/** Every program of a simulated host: a kind of hardware adds its own here, by one line for all of them. */
export const hostCommands: readonly HostCommand[] = [
  ...[mount, umount, findmnt, modprobe, tee],
  ...fileSystemCommands,
  ...lvmCommands,
  ...nvmeCommands,
  ndctl,
];
