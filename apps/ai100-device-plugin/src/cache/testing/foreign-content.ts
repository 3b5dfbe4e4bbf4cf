import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';

/** Size of the disks content is made for, in bytes. */
export const diskBytes = 24 * 1024 * 1024;

/** What somebody may have on a disk. */
export interface ForeignContent {
  readonly name: string;
  /** Puts it into the file behind the disk. */
  write(file: string): void;
  /** By a real tool, on the device; its command line without the device. */
  readonly tool?: readonly [string, ...string[]];
}

type Patch = readonly [offset: number, bytes: Uint8Array];

function patches(name: string, list: readonly Patch[]): ForeignContent {
  return {
    name,
    write: (file) => {
      const handle = openSync(file, 'r+');
      for (const [offset, bytes] of list) writeSync(handle, bytes, 0, bytes.length, offset);
      closeSync(handle);
    },
  };
}

function made(name: string, ...tool: [string, ...string[]]): ForeignContent {
  return { name, tool, write: () => {} };
}

const text = (value: string): Buffer => Buffer.from(value, 'latin1');

/** Version 1.2 of md's superblock: its magic number, 4 KiB from the beginning (md_p.h). */
function mdMember(): Patch {
  const block = Buffer.alloc(256);
  block.writeUInt32LE(0xa92b4efc, 0);
  block.writeUInt32LE(1, 4);
  block.fill(7, 16, 32);
  block.writeBigUInt64LE(8n, 144);
  return [4096, block];
}

/** A table with one entry of a Linux partition, which may lie behind the end. */
function masterBootRecord(): Patch {
  const sector = Buffer.alloc(512);
  sector.set([0, 0, 2, 0, 0x83, 0, 0, 0], 446);
  sector.writeUInt32LE(2048, 454);
  sector.writeUInt32LE(4096, 458);
  sector.set([0x55, 0xaa], 510);
  return [0, sector];
}

/** The header of a GUID partition table without partitions (UEFI specification, 5.3.2). */
function guidTable(): Patch[] {
  const header = Buffer.alloc(512);
  header.write('EFI PART', 0, 'latin1');
  header.writeUInt32LE(0x00010000, 8);
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(BigInt(diskBytes / 512 - 1), 32);
  header.writeBigUInt64LE(34n, 40);
  header.writeBigUInt64LE(BigInt(diskBytes / 512 - 34), 48);
  header.fill(9, 56, 72);
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  header.writeUInt32LE(crc32(Buffer.alloc(128 * 128)), 88);
  header.writeUInt32LE(crc32(header.subarray(0, 92)), 16);
  return [[512, header]];
}

const btrfsOffset = 64 * 1024;

/** Signatures that are found at their places, and tools that make the real thing. */
const known: readonly ForeignContent[] = [
  made('ext4', 'mkfs.ext4', '-q'),
  made('swap', 'mkswap'),
  made('LVM', 'lvm', 'pvcreate'),
  patches('md', [mdMember()]),
  patches('MBR', [masterBootRecord()]),
  patches('GPT', guidTable()),
  patches('LUKS', [[0, Buffer.concat([text('LUKS'), Buffer.from([0xba, 0xbe, 0, 1])])]]),
  patches('btrfs', [[btrfsOffset + 64, text('_BHRfS_M')]]),
  patches('xfs', [[0, text('XFSB')]]),
  patches('ZFS', [[128 * 1024, Buffer.from([0x0c, 0xb1, 0xba, 0, 0, 0, 0, 0])]]),
  patches('bcache', [
    [
      4096 + 24,
      Buffer.from([
        0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca, 0x82, 0x65, 0xf5, 0x7f, 0x48, 0xba, 0x6d, 0x81,
      ]),
    ],
  ]),
];

/** Data without a signature: a byte at one of the ends, or enough in between that samples meet it. */
const rawData: fc.Arbitrary<ForeignContent> = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: 0, max: 4 * 1024 * 1024 - 1 }),
      fc.integer({ min: diskBytes - 4 * 1024 * 1024, max: diskBytes - 1 }),
    ),
    fc.integer({ min: 1, max: 254 }),
  )
  .map(([offset, byte]) => patches(`a byte at ${offset}`, [[offset, Buffer.from([byte])]]));

const middleData: fc.Arbitrary<ForeignContent> = fc
  .integer({ min: 6, max: 10 })
  .map((mebibyte) =>
    patches(`data from ${mebibyte} MiB`, [[mebibyte * 1024 * 1024, Buffer.alloc(8 * 1024 * 1024, 0x5a)]]),
  );

/** Anything that is not to be overwritten. */
export const foreignContent: fc.Arbitrary<ForeignContent> = fc.oneof(
  { arbitrary: fc.constantFrom(...known), weight: 6 },
  { arbitrary: rawData, weight: 3 },
  { arbitrary: middleData, weight: 1 },
);
