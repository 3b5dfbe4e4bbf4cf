import type { HostCommand } from '../commands/command.ts';
import { blkid } from './blkid.ts';
import { resize2fs, xfsGrowfs } from './grow.ts';
import { mkfsExt4 } from './mkfs-ext4.ts';
import { mkfsXfs } from './mkfs-xfs.ts';
import { wipefs } from './wipefs.ts';
import { xfsInfo } from './xfs-info.ts';
import { xfsIo } from './xfs-io.ts';
import { xfsQuota } from './xfs-quota.ts';

/** Programs that make file systems and look for them. */
export const fileSystemCommands: readonly HostCommand[] = [
  ...[blkid, wipefs, mkfsXfs, mkfsExt4],
  ...[xfsInfo, xfsIo, xfsQuota],
  ...[resize2fs, xfsGrowfs],
];
