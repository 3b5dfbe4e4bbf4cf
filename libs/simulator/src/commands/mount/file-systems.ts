import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { HostRoot } from '@rackwright/host';

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
  /** What its superblock says. */
  readonly fsType: string | undefined;
  readonly readOnly: boolean;
  readonly directAccess: boolean;
}

/** What is at a path of /dev, or undefined if there is nothing. */
export function diskAt(root: HostRoot, path: string): Disk | undefined {
  const stat = statSync(root.path(path), { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return undefined;
  const name = basename(path);
  return {
    key: `disk-${stat.ino}`,
    device: attribute(root, name, 'dev') ?? `0:${stat.ino % 1_048_576}`,
    fsType: superblock(root.path(path), stat),
    readOnly: attribute(root, name, 'ro') === '1',
    directAccess:
      statSync(root.path(root.sys('class/block', name, 'dax')), { throwIfNoEntry: false }) !== undefined,
  };
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

function attribute(root: HostRoot, disk: string, name: string): string | undefined {
  return readText(root.path(root.sys('class/block', disk, name)));
}

function readText(path: string): string | undefined {
  try {
    const file = openSync(path, 'r');
    const text = Buffer.alloc(64);
    const length = readSync(file, text, 0, text.length, 0);
    closeSync(file);
    return text.toString('utf8', 0, length).trim();
  } catch {
    return undefined;
  }
}
