import type { HostRoot } from '@rackwright/host';
import type { CommandCall, CommandOutcome, HostCommand } from '../commands/command.ts';
import { atStart, mountAt, mountModel } from '../commands/mount/mount-table.ts';
import { crc32c } from '../disks/crc32c.ts';
import { diskAtPath, type HostDisk, readDisk, writeDisk } from '../disks/host-disk.ts';
import { readState } from '../host/model.ts';
import { EXT4_OFFSET, ext4Counts } from './ext4.ts';
import { BLOCK } from './xfs-geometry.ts';

/** resize2fs(8) of e2fsprogs 1.47: as large as the device. */
export const resize2fs: HostCommand = {
  name: 'resize2fs',
  folder: '/usr/sbin',
  run: (call) => {
    const [path = ''] = call.args;
    const disk = diskAtPath(call.root, call.hostPath(path));
    const version = 'resize2fs 1.47.0 (5-Feb-2023)\n';
    if (disk === undefined)
      return { code: 1, stderr: `${version}open: No such file or directory while opening ${path}\n` };
    const superblock = readDisk(call.root, disk, EXT4_OFFSET, 1024);
    if (superblock.readUInt16LE(0x38) !== 0xef53)
      return {
        code: 1,
        stderr: `${version}resize2fs: Bad magic number in super-block while trying to open ${path}\n`,
      };
    const { blocks } = ext4Counts(disk.bytes);
    superblock.writeUInt32LE(blocks % 2 ** 32, 0x4);
    superblock.writeUInt32LE(Math.floor(blocks / 2 ** 32), 0x150);
    writeDisk(call.root, disk, EXT4_OFFSET, superblock);
    call.step();
    return {
      code: 0,
      stdout: `The filesystem on ${path} is now ${blocks} (4k) blocks long.\n\n`,
      stderr: version,
    };
  },
};

/** xfs_growfs(8) of xfsprogs 6.1: of what is mounted, as large as the device. */
export const xfsGrowfs: HostCommand = {
  name: 'xfs_growfs',
  folder: '/usr/sbin',
  run: (call) => {
    const [path = ''] = call.args;
    const disk = mountedDisk(call.root, call.hostPath(path));
    if (disk === undefined)
      return { code: 1, stderr: `xfs_growfs: ${path} is not a mounted XFS filesystem\n` };
    return grow(call, disk);
  },
};

function mountedDisk(root: HostRoot, path: string): HostDisk | undefined {
  const found = mountAt(readState(root, mountModel) ?? atStart, path);
  return found?.fsType === 'xfs' ? diskAtPath(root, found.source) : undefined;
}

function grow({ root, step }: CommandCall, disk: HostDisk): CommandOutcome {
  const superblock = readDisk(root, disk, 0, disk.physicalBlockBytes);
  const before = Number(superblock.readBigUInt64BE(8));
  const after = Math.floor(disk.bytes / BLOCK);
  superblock.writeBigUInt64BE(BigInt(after), 8);
  superblock.writeUInt32LE(0, 224);
  superblock.writeUInt32LE(crc32c(superblock), 224);
  writeDisk(root, disk, 0, superblock);
  step();
  return { code: 0, stdout: `data blocks changed from ${before} to ${after}\n` };
}
