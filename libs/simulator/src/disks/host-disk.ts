import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename } from 'node:path';
import type { HostRoot } from '@rackwright/host';

/** A disk, partition or volume of a simulated host, as its programs open it. */
export interface HostDisk {
  /** What the kernel calls it, e.g. `nvme1n1` or `dm-0`. */
  readonly name: string;
  /** Absolute host path of its node. */
  readonly path: string;
  readonly bytes: number;
  /** `major:minor`; undefined for a plain file, which is no device. */
  readonly device: string | undefined;
  readonly readOnly: boolean;
  readonly logicalBlockBytes: number;
  readonly physicalBlockBytes: number;
  readonly hasPartitions: boolean;
}

/** The disk whose node is at a path of the host, also by way of links; undefined if there is nothing. */
export function diskAtPath(root: HostRoot, path: string): HostDisk | undefined {
  const real = resolved(root, path);
  if (real === undefined || !statSync(root.path(real)).isFile()) return undefined;
  const name = basename(real);
  const own = real === `/dev/${name}` ? sysfsFolder(root, name) : undefined;
  return own === undefined ? plainFile(root, real) : describe(name, own);
}

/** Every disk whose content programs can read, in the order of names. */
export function allDisks(root: HostRoot): HostDisk[] {
  return names(root.path('/sys/class/block'))
    .sort()
    .flatMap((name) => diskAtPath(root, `/dev/${name}`) ?? []);
}

/** What is on a disk; shorter if the disk ends before. */
export function readDisk(root: HostRoot, disk: HostDisk, offset: number, length: number): Buffer {
  const size = Math.max(0, Math.min(length, disk.bytes - offset));
  const bytes = Buffer.alloc(size);
  const file = openSync(root.path(disk.path), 'r');
  try {
    readSync(file, bytes, 0, size, offset);
    return bytes;
  } finally {
    closeSync(file);
  }
}

export function writeDisk(root: HostRoot, disk: HostDisk, offset: number, bytes: Uint8Array): void {
  const file = openSync(root.path(disk.path), 'r+');
  try {
    writeSync(file, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(file);
  }
}

function describe(name: string, own: string): HostDisk {
  const queue = names(own).includes('partition') ? `${own}/../queue` : `${own}/queue`;
  return {
    name,
    path: `/dev/${name}`,
    bytes: Number(value(own, 'size') ?? 0) * 512,
    device: value(own, 'dev'),
    readOnly: value(own, 'ro') === '1',
    logicalBlockBytes: Number(value(queue, 'logical_block_size') ?? 512),
    physicalBlockBytes: Number(value(queue, 'physical_block_size') ?? 512),
    hasPartitions: names(own).some((child) => value(`${own}/${child}`, 'partition') !== undefined),
  };
}

function plainFile(root: HostRoot, path: string): HostDisk {
  const { size } = statSync(root.path(path));
  return {
    name: basename(path),
    path,
    bytes: size,
    device: undefined,
    readOnly: false,
    logicalBlockBytes: 512,
    physicalBlockBytes: 512,
    hasPartitions: false,
  };
}

/** The path without links, which lead nowhere out of the host. */
function resolved(root: HostRoot, path: string): string | undefined {
  try {
    const real = realpathSync(root.path(path));
    return real.startsWith(`${root.prefix}/`) ? real.slice(root.prefix.length) : undefined;
  } catch {
    return undefined;
  }
}

function sysfsFolder(root: HostRoot, name: string): string | undefined {
  const folder = root.path(`/sys/class/block/${name}`);
  return statSync(folder, { throwIfNoEntry: false }) === undefined ? undefined : folder;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function value(folder: string, name: string): string | undefined {
  try {
    return readFileSync(`${folder}/${name}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
