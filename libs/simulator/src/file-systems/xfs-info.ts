import type { HostCommand } from '../commands/command.ts';
import { mountAt, mountModel } from '../commands/mount/mount-table.ts';
import { badWord, isBad, parseWords } from '../commands/options.ts';
import { diskAtPath, readDisk } from '../disks/host-disk.ts';
import { readState } from '../host/model.ts';
import { readXfs, xfsReport } from './xfs.ts';

/** xfs_info(8) of xfsprogs 6.1, for a disk or a mount point. */
export const xfsInfo: HostCommand = {
  name: 'xfs_info',
  folder: '/usr/sbin',
  run: ({ args, root, hostPath }) => {
    const words = parseWords(args, []);
    if (isBad(words))
      return badWord('xfs_info', words, 'Usage: xfs_info [-V] [-t mtab] [mountpoint|device|file]\n', 2);
    const [path = ''] = words.operands;
    const table = readState(root, mountModel);
    const source = (table && mountAt(table, hostPath(path))?.source) ?? path;
    const disk = diskAtPath(root, hostPath(source));
    if (disk === undefined) return { code: 1, stderr: `${path}: No such file or directory\n` };
    const block = readDisk(root, disk, 0, 512);
    const geometry = readXfs(block);
    if (geometry !== undefined) return { code: 0, stdout: xfsReport(source, geometry) };
    const magic = block.readUInt32BE(0).toString(16).padStart(8, '0');
    const why = `${path} is not a valid XFS filesystem (unexpected SB magic number 0x${magic})`;
    return { code: 1, stderr: `xfs_info: ${why}\nUse -F to force a read attempt.\n` };
  },
};
