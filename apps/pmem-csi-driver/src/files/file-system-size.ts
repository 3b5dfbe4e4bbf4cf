import { open } from 'node:fs/promises';
import { HwError } from '@rackwright/core';
import type { HostTools } from '@rackwright/storage';

/** How large a file system is. */
export interface FileSystemSize {
  readonly bytes: bigint;
  /** What its device may have behind it: too little for one more group. */
  readonly restBytes: bigint;
}

/**
 * How large a mounted file system is, as nobody tells who is there to make it
 * larger: the superblock of ext4, or for XFS the kernel, as its superblock on the
 * device is brought up to date only later.
 */
export function fileSystemSize(
  tools: HostTools,
  { type, device, path }: { readonly type: string; readonly device: string; readonly path: string },
): Promise<FileSystemSize> {
  return type === 'xfs' ? sizeOfXfs(tools, path) : sizeOfExt4(tools.root.path(device), device);
}

/** Fewest blocks of XFS's last group (XFS_MIN_AG_BLOCKS, xfs_fs.h). */
const leastGroup = 64n;

async function sizeOfXfs(tools: HostTools, path: string): Promise<FileSystemSize> {
  const printed = await tools.expect(['xfs_io', '-r', '-c', 'statfs', path]);
  const [, block] = /^geom\.bsize = (\d{1,19})$/m.exec(printed) ?? [];
  const [, blocks] = /^geom\.datablocks = (\d{1,19})$/m.exec(printed) ?? [];
  if (block === undefined || blocks === undefined)
    throw new HwError('Internal', `xfs_io does not say how large the file system at ${path} is`);
  return { bytes: BigInt(blocks) * BigInt(block), restBytes: leastGroup * BigInt(block) };
}

const superblockAt = 1024;
const superblockBytes = 1024;
/** Of a group descriptor, at most. */
const descriptorBytes = 64n;
/** Blocks that resize2fs wants to have in a last group beside what the group itself takes (resize/main.c). */
const usefulBlocks = 50n;

async function sizeOfExt4(path: string, device: string): Promise<FileSystemSize> {
  const file = await open(path, 'r');
  try {
    const block = Buffer.alloc(superblockBytes);
    await file.read(block, 0, superblockBytes, superblockAt);
    if (block.readUInt16LE(0x38) !== 0xef53) throw new HwError('Internal', `there is no ext4 on ${device}`);
    return parseExt4(block);
  } finally {
    await file.close();
  }
}

/** The superblock as in the kernel's fs/ext4/ext4.h. */
function parseExt4(superblock: Buffer): FileSystemSize {
  const word = (at: number): bigint => BigInt(superblock.readUInt32LE(at));
  const block = 1024n << word(0x18);
  const blocks = (word(0x150) << 32n) + word(0x4);
  const [first, perGroup, inodesPerGroup] = [word(0x14), word(0x20), word(0x28)];
  const inodeBytes = BigInt(superblock.readUInt16LE(0x58));
  const reserved = BigInt(superblock.readUInt16LE(0xce));
  const descriptors = (blocks / perGroup + 1n) * descriptorBytes;
  // Its bitmaps and inodes, and copies of the superblock and of all descriptors.
  const own = 3n + (inodesPerGroup * inodeBytes + descriptors) / block + 1n + reserved;
  const endsWithGroup = (blocks - first) % perGroup === 0n;
  return { bytes: blocks * block, restBytes: endsWithGroup ? (own + usefulBlocks) * block : 0n };
}
