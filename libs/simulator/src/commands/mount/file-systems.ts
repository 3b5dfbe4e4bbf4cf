import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { HostRoot } from '@rackwright/host';
import { diskAtPath, type HostDisk, readDisk } from '../../disks/host-disk.ts';
import { isHeld } from '../../file-systems/mounted.ts';
import { readXfs } from '../../file-systems/xfs.ts';

/** File systems in memory, that need no disk. */
const inMemory = ['tmpfs', 'ramfs'];
const onDisk = ['ext4', 'xfs'];

export function isInMemory(fsType: string | undefined): boolean {
  return fsType !== undefined && inMemory.includes(fsType);
}

export function isKnown(fsType: string | undefined): boolean {
  return fsType === undefined || [...inMemory, ...onDisk].includes(fsType);
}

/** A disk that something may be mounted from. */
export interface Disk {
  /** The same whatever the disk is called. */
  readonly key: string;
  /** `major:minor`. */
  readonly device: string;
  /** Of its node. */
  readonly path: string;
  /** Its path as mountinfo has it. */
  readonly source: string;
  /** What its superblock says. */
  readonly fsType: string | undefined;
  readonly readOnly: boolean;
  readonly directAccess: boolean;
  /** Whether another device has it. */
  readonly held: boolean;
  /** What the kernel shows of its file system though nobody asked for it. */
  readonly ownOptions: readonly string[];
}

/** What is at a path of /dev, or undefined if there is nothing. */
export function diskAt(root: HostRoot, path: string): Disk | undefined {
  const disk = diskAtPath(root, path);
  if (disk === undefined) return undefined;
  const stat = statSync(root.path(disk.path));
  const mapped = volumeName(root, disk.name);
  return {
    key: fileSystemKey(stat),
    path: disk.path,
    device: disk.device ?? `0:${stat.ino % 1_048_576}`,
    source: mapped === undefined ? disk.path : `/dev/mapper/${mapped}`,
    fsType: superblock(root.path(disk.path), stat),
    readOnly: disk.readOnly,
    held: isHeld(root, disk),
    ownOptions: xfsOptions(root, disk),
    directAccess: isMemory(root, disk.name),
  };
}

/** Whether what is on a disk can be mapped into memory: also a volume, if all it lies on can. */
function isMemory(root: HostRoot, name: string): boolean {
  const folder = root.path(root.sys('class/block', name));
  if (existsSync(join(folder, 'dax'))) return true;
  const below = existsSync(join(folder, 'slaves')) ? readdirSync(join(folder, 'slaves')) : [];
  return below.length > 0 && below.every((slave) => isMemory(root, slave));
}

/** As XFS shows itself (fs/xfs/xfs_super.c); sunit and swidth are of 512 bytes. */
function xfsOptions(root: HostRoot, disk: HostDisk): string[] {
  const geometry = readXfs(readDisk(root, disk, 0, 512));
  if (geometry === undefined) return [];
  const { unit, width } = geometry;
  const striped = unit === 0 ? [] : [`sunit=${unit * 8}`, `swidth=${width * 8}`];
  const logBuffer = unit === 0 ? '32k' : `${Math.min(256, unit * 4)}k`;
  return ['attr2', 'inode64', 'logbufs=8', `logbsize=${logBuffer}`, ...striped, 'noquota'];
}

/** Which file system is on a disk: the same whatever the disk is called. */
export function fileSystemKey({ ino }: Stats): string {
  return `disk-${ino}`;
}

/** The name by which libmount calls a volume of the device mapper. */
function volumeName(root: HostRoot, disk: string): string | undefined {
  try {
    return readFileSync(root.path(root.sys('class/block', disk, 'dm/name')), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The magic numbers of XFS and ext4 (include/uapi/linux/magic.h), where their superblocks have them. */
function superblock(path: string, { size }: Stats): string | undefined {
  if (size < 0x43a) return undefined;
  const start = Buffer.alloc(0x43a);
  const disk = openSync(path, 'r');
  try {
    readSync(disk, start, 0, start.length, 0);
  } finally {
    closeSync(disk);
  }
  if (start.toString('latin1', 0, 4) === 'XFSB') return 'xfs';
  return start.readUInt16LE(0x438) === 0xef53 ? 'ext4' : undefined;
}
