import type { HostCommand } from './commands/command.ts';
import { modprobe } from './commands/modprobe.ts';
import { mount } from './commands/mount/mount.ts';
import { umount } from './commands/mount/umount.ts';

/** Every program of a simulated host: a kind of hardware adds its own here, by one line for all of them. */
export const hostCommands: readonly HostCommand[] = [mount, umount, modprobe];
