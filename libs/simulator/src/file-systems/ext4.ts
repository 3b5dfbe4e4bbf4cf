/** How an ext4 file system is made. */
export interface Ext4Spec {
  readonly bytes: number;
  readonly uuid: string;
  readonly label: string;
  /** Of 4096 bytes; 0 for none. */
  readonly stride: number;
  readonly stripeWidth: number;
}

const BLOCK = 4096;
const GROUP = 32_768;

/** Where the superblock is. */
export const EXT4_OFFSET = 1024;

/** Blocks and inodes of a new file system: one inode for 16 KiB. */
export function ext4Counts(bytes: number): {
  readonly blocks: number;
  readonly inodes: number;
  readonly groups: number;
} {
  const blocks = Math.floor(bytes / BLOCK);
  const groups = Math.max(1, Math.ceil(blocks / GROUP));
  const perGroup = Math.min(8192, Math.max(16, Math.ceil(blocks / 4 / groups / 16) * 16));
  return { blocks, groups, inodes: perGroup * groups };
}

/** The superblock of an empty ext4 (fs/ext4/ext4.h), without checksums of metadata. */
export function ext4Superblock({ bytes, uuid, label, stride, stripeWidth }: Ext4Spec): Buffer {
  const { blocks, inodes, groups } = ext4Counts(bytes);
  const block = Buffer.alloc(1024);
  const words: readonly [at: number, value: number][] = [
    [0x0, Math.min(inodes, 0xffff_ffff)],
    [0x4, blocks % 2 ** 32],
    [0xc, blocks % 2 ** 32],
    [0x10, Math.min(inodes, 0xffff_ffff)],
    [0x18, 2],
    [0x1c, 2],
    [0x20, GROUP],
    [0x24, GROUP],
    [0x28, Math.floor(inodes / groups)],
    [0x4c, 1],
    [0x54, 11],
    [0x5c, 0x3c],
    [0x60, 0x2c2],
    [0x64, 0x6b],
    [0x150, Math.floor(blocks / 2 ** 32)],
    [0x170, stripeWidth],
  ];
  for (const [at, value] of words) block.writeUInt32LE(value, at);
  const shorts: readonly [at: number, value: number][] = [
    [0x36, 0xffff],
    [0x38, 0xef53],
    [0x3a, 1],
    [0x3c, 1],
    [0x58, 256],
    [0xfe, 64],
    [0x164, stride],
  ];
  for (const [at, value] of shorts) block.writeUInt16LE(value, at);
  Buffer.from(uuid.replaceAll('-', ''), 'hex').copy(block, 0x68);
  block.write(label, 0x78, 16, 'utf8');
  return block;
}
