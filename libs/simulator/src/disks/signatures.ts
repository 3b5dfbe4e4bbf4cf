import type { HostRoot } from '@rackwright/host';
import { dashed } from '../lvm/label.ts';
import { type HostDisk, readDisk } from './host-disk.ts';

/** Something on a disk that says what the disk is used for. */
export interface DiskSignature {
  readonly type: string;
  readonly usage: 'filesystem' | 'raid' | 'crypto' | 'other' | 'table';
  /** Where its magic bytes are. */
  readonly offset: number;
  readonly magic: Buffer;
  readonly uuid?: string;
  readonly label?: string;
  readonly version?: string;
  readonly blockSize?: number;
}

/** Reads a part of a disk. */
type Reader = (offset: number, length: number) => Buffer;

type Detector = (read: Reader, disk: HostDisk) => DiskSignature | undefined;

/** All signatures of a disk that are known here, in the order in which libblkid looks for them. */
export function signaturesOf(root: HostRoot, disk: HostDisk): DiskSignature[] {
  const read: Reader = (offset, length) => readDisk(root, disk, offset, length);
  return detectors.flatMap((detect) => detect(read, disk) ?? []);
}

const xfs: Detector = (read) => {
  const block = read(0, 512);
  if (!hasText(block, 'XFSB', 0)) return undefined;
  const blockSize = block.readUInt16BE(102);
  return {
    ...{ type: 'xfs', usage: 'filesystem', offset: 0, magic: block.subarray(0, 4) },
    uuid: uuidAt(block, 32),
    ...labelAt(block, 108, 12),
    blockSize,
  };
};

const EXT4_FEATURES = 0x2c0;
const HAS_JOURNAL = 0x4;

/** ext2 has no journal, ext4 has features that ext3 does not know (extents and the like). */
const ext: Detector = (read) => {
  const block = read(1024, 264);
  if (block.length < 264 || block.readUInt16LE(0x38) !== 0xef53) return undefined;
  const isExt4 = (block.readUInt32LE(0x60) & EXT4_FEATURES) !== 0;
  const older = (block.readUInt32LE(0x5c) & HAS_JOURNAL) === 0 ? 'ext2' : 'ext3';
  return {
    ...{
      type: isExt4 ? 'ext4' : older,
      usage: 'filesystem',
      offset: 0x438,
      magic: block.subarray(0x38, 0x3a),
    },
    uuid: uuidAt(block, 0x68),
    ...labelAt(block, 0x78, 16),
    version: `${block.readUInt32LE(0x4c)}.${block.readUInt16LE(0x3e)}`,
    blockSize: 1024 << block.readUInt32LE(0x18),
  };
};

/** The label of an LVM physical volume may be in any of the first four sectors. */
const lvm: Detector = (read) => {
  const start = read(0, 2048);
  const sector = [0, 512, 1024, 1536].find((at) => hasText(start, 'LABELONE', at));
  if (sector === undefined || !hasText(start, 'LVM2 001', sector + 24)) return undefined;
  const at = sector + start.readUInt32LE(sector + 20);
  return {
    ...{
      type: 'LVM2_member',
      usage: 'raid',
      offset: sector + 24,
      magic: start.subarray(sector + 24, sector + 32),
    },
    uuid: dashed(start.toString('latin1', at, at + 32)),
    version: 'LVM2 001',
  };
};

const raid: Detector = (read) => {
  const block = read(4096, 64);
  if (block.length < 64 || block.readUInt32LE(0) !== 0xa92b4efc) return undefined;
  return {
    ...{ type: 'linux_raid_member', usage: 'raid', offset: 4096, magic: block.subarray(0, 4) },
    uuid: uuidAt(block, 16),
    ...labelAt(block, 32, 32),
    version: '1.2',
  };
};

const luks: Detector = (read) => {
  const block = read(0, 512);
  if (!hasText(block, 'LUKS\xba\xbe', 0)) return undefined;
  return {
    ...{ type: 'crypto_LUKS', usage: 'crypto', offset: 0, magic: block.subarray(0, 6) },
    uuid: textAt(block, 168, 40),
    version: `${block.readUInt16BE(6)}`,
  };
};

const btrfs: Detector = (read) => {
  const block = read(0x10000, 0x22b + 256);
  if (!hasText(block, '_BHRfS_M', 0x40)) return undefined;
  return {
    ...{ type: 'btrfs', usage: 'filesystem', offset: 0x10040, magic: block.subarray(0x40, 0x48) },
    uuid: uuidAt(block, 0x20),
    ...labelAt(block, 0x12b, 256),
    blockSize: block.readUInt32LE(0x90),
  };
};

const swap: Detector = (read) => {
  const page = read(0, 4096);
  if (!hasText(page, 'SWAPSPACE2', 4086) || page.readUInt32LE(1024) !== 1) return undefined;
  return {
    ...{ type: 'swap', usage: 'other', offset: 4086, magic: page.subarray(4086, 4096) },
    uuid: uuidAt(page, 1036),
    ...labelAt(page, 1052, 16),
    version: '1',
  };
};

const gpt: Detector = (read, disk) => {
  const block = read(disk.logicalBlockBytes, 92);
  if (!hasText(block, 'EFI PART', 0)) return undefined;
  const id = (at: number, length: number): string =>
    Buffer.from(block.subarray(at, at + length))
      .reverse()
      .toString('hex');
  const uuid = `${id(56, 4)}-${id(60, 2)}-${id(62, 2)}-${block.toString('hex', 64, 66)}-${block.toString('hex', 66, 72)}`;
  return { type: 'gpt', usage: 'table', offset: disk.logicalBlockBytes, magic: block.subarray(0, 8), uuid };
};

const PROTECTIVE = 0xee;

/** The kinds of the four partitions in a table of old; undefined if there is none. */
function mbrKinds(block: Buffer): number[] | undefined {
  if (block.length < 512 || block.readUInt16LE(510) !== 0xaa55) return undefined;
  const kinds = [446, 462, 478, 494].map((at) => block.readUInt8(at + 4));
  return kinds.every((kind) => kind === 0) ? undefined : kinds;
}

const dos: Detector = (read) => {
  const block = read(0, 512);
  const kinds = mbrKinds(block);
  if (kinds === undefined || kinds.includes(PROTECTIVE)) return undefined;
  const uuid = block.readUInt32LE(440).toString(16).padStart(8, '0');
  return { type: 'dos', usage: 'table', offset: 0x1fe, magic: block.subarray(510, 512), uuid };
};

/** The table that only protects a GPT. */
const pmbr: Detector = (read) => {
  const block = read(0, 512);
  if (mbrKinds(block)?.includes(PROTECTIVE) !== true) return undefined;
  return { type: 'PMBR', usage: 'table', offset: 0x1fe, magic: block.subarray(510, 512) };
};

const detectors: readonly Detector[] = [raid, lvm, luks, swap, xfs, ext, btrfs, dos, gpt, pmbr];

function hasText(bytes: Buffer, text: string, at: number): boolean {
  return bytes.toString('latin1', at, at + text.length) === text;
}

function textAt(bytes: Buffer, at: number, length: number): string {
  return bytes.toString('utf8', at, at + length).replace(/\0.*$/s, '');
}

function labelAt(bytes: Buffer, at: number, length: number): { label?: string } {
  const label = textAt(bytes, at, length);
  return label === '' ? {} : { label };
}

function uuidAt(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
