import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { HostRoot } from '@rackwright/host';
import fc from 'fast-check';
import type { CommandCall, CommandOutcome, HostCommand } from '../commands/command.ts';
import { encodeLabel } from '../lvm/label.ts';
import { blkid } from './blkid.ts';
import { mkfsExt4 } from './mkfs-ext4.ts';
import { mkfsXfs } from './mkfs-xfs.ts';
import { wipefs } from './wipefs.ts';

const folder = mkdtempSync(join(tmpdir(), 'rw-real-tools-'));
const root = new HostRoot(folder);
const disk = join(folder, 'disk');
const MiB = 2 ** 20;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function emptyDisk(bytes: number): void {
  writeFileSync(disk, '');
  truncateSync(disk, bytes);
}

function run({ run: command }: HostCommand, ...args: string[]): CommandOutcome {
  const hostPath = (path: string): string => path.slice(folder.length);
  return command({ args, root, hostPath, step: () => {} } satisfies CommandCall);
}

interface Printed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function real(program: string, ...args: string[]): Printed {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  return { code: status, stdout, stderr };
}

const whole = ({ code, stdout = '', stderr = '' }: CommandOutcome): Printed => ({ code, stdout, stderr });

/** Both say the same of the disk, in every form. */
function expectSame(): void {
  for (const words of [['--probe', '--output', 'export'], ['-p'], ['-p', '-o', 'value', '-s', 'TYPE']]) {
    expect([words, whole(run(blkid, ...words, disk))]).toEqual([words, real('blkid', ...words, disk)]);
  }
  for (const words of [['--no-act', '--json'], ['--no-act'], ['--no-act', '--all', '--force']]) {
    expect([words, whole(run(wipefs, ...words, disk))]).toEqual([words, real('wipefs', ...words, disk)]);
  }
}

const uuid = '11111111-2222-3333-4444-555555555555';

/** What may be on a disk: written by the programs here, or by the real ones. */
const contents: Readonly<Record<string, () => void>> = {
  nothing: () => {},
  'XFS made here': () =>
    expect(run(mkfsXfs, '-f', '-m', `crc=1,uuid=${uuid}`, '-L', 'cache', disk).code).toBe(0),
  XFS: () => expect(real('mkfs.xfs', '-f', '-q', '-m', `uuid=${uuid}`, disk).code).toBe(0),
  'ext4 made here': () => expect(run(mkfsExt4, '-q', '-U', uuid, '-L', 'data', disk).code).toBe(0),
  ext4: () => expect(real('mkfs.ext4', '-q', '-F', '-U', uuid, '-L', 'data', disk).code).toBe(0),
  ext2: () => expect(real('mkfs.ext2', '-q', '-F', '-U', uuid, disk).code).toBe(0),
  swap: () => expect(real('mkswap', '-q', '-U', uuid, disk).code).toBe(0),
  'a physical volume': () =>
    writeAt(
      encodeLabel({
        uuid: 'abcdef-0123-4567-89ab-cdef-0123-456789',
        deviceBytes: 512 * MiB,
        metadata: undefined,
      }),
    ),
  'an MBR': () => writeAt(mbr(0x83)),
  'a GPT': () => writeAt(gpt()),
  'XFS with ext4 in it': () => {
    expect(real('mkfs.ext4', '-q', '-F', '-U', uuid, disk).code).toBe(0);
    const ext4 = readAt(1024, 1024);
    expect(real('mkfs.xfs', '-f', '-q', '-m', `uuid=${uuid}`, disk).code).toBe(0);
    writeAt(ext4, 1024);
  },
  'an MBR with a file system behind it': () => {
    expect(real('mkfs.ext4', '-q', '-F', '-U', uuid, disk).code).toBe(0);
    writeAt(mbr(0x83));
  },
};

function writeAt(bytes: Uint8Array, offset = 0): void {
  const file = openSync(disk, 'r+');
  writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
}

function readAt(offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const file = openSync(disk, 'r');
  readSync(file, bytes, 0, length, offset);
  closeSync(file);
  return bytes;
}

/** A table without partitions, behind one that protects it; its copy at the end is missing. */
function gpt(): Buffer {
  const entries = Buffer.alloc(128 * 128);
  const header = Buffer.alloc(92);
  header.write('EFI PART', 0, 'latin1');
  header.writeUInt32LE(0x10000, 8);
  header.writeUInt32LE(92, 12);
  const last = BigInt((512 * MiB) / 512 - 1);
  [1n, last, 34n, last - 33n].forEach((value, i) => {
    header.writeBigUInt64LE(value, 24 + 8 * i);
  });
  Buffer.from('00112233445566778899aabbccddeeff', 'hex').copy(header, 56);
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  header.writeUInt32LE(crc32(entries), 88);
  header.writeUInt32LE(crc32(header), 16);
  const sector = Buffer.alloc(512);
  header.copy(sector);
  return Buffer.concat([mbr(0xee), sector, entries]);
}

/** A table with one partition. */
function mbr(kind: number): Buffer {
  const sector = Buffer.alloc(512);
  sector.writeUInt32LE(0x12345678, 440);
  sector.writeUInt8(kind, 450);
  sector.writeUInt32LE(2048, 454);
  sector.writeUInt32LE(100_000, 458);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

describe('blkid and wipefs say what the real ones say of', () => {
  test.each(Object.entries(contents))('%s', (_, make) => {
    emptyDisk(512 * MiB);
    make();
    expectSame();
  });
});

test('any disk with a file system made here is one for the real blkid too', () => {
  fc.assert(
    fc.property(fc.constantFrom(mkfsXfs, mkfsExt4), fc.integer({ min: 301, max: 4_000_000 }), (mkfs, mib) => {
      emptyDisk(mib * MiB);
      const words = mkfs === mkfsXfs ? ['-m', `uuid=${uuid}`, '-d', 'su=128k,sw=2'] : ['-q', '-U', uuid];
      expect(run(mkfs, ...words, disk).code).toBe(0);
      expectSame();
    }),
    { numRuns: 12 },
  );
});

test('mkfs.xfs prints the geometry the real one prints', () => {
  for (const [gib, stripes] of [
    [1, 2],
    [4, 0],
    [40, 2],
    [600, 2],
    [3726, 2],
    [1863, 0],
    [4200, 0],
  ] as const) {
    emptyDisk(gib * 1024 * MiB);
    const geometry = stripes === 0 ? [] : ['-d', `su=128k,sw=${stripes}`];
    const words = ['-N', '-m', `uuid=${uuid}`, ...geometry, disk];
    expect(whole(run(mkfsXfs, ...words)).stdout).toBe(real('mkfs.xfs', ...words).stdout);
  }
});
