import { crc32c } from '../disks/crc32c.ts';
import { BLOCK, type XfsGeometry } from './xfs-geometry.ts';

/** The superblock of an empty XFS in its fifth version (fs/xfs/libxfs/xfs_format.h). */
export function xfsSuperblock(geometry: XfsGeometry, uuid: string, label: string): Buffer {
  const { blocks, groups, groupBlocks, logBlocks, sectorBytes, unit, width } = geometry;
  const block = Buffer.alloc(sectorBytes);
  block.write('XFSB', 0, 'latin1');
  const words: readonly [at: number, value: number][] = [
    [4, BLOCK],
    [80, 1],
    [84, groupBlocks],
    [88, groups],
    [96, logBlocks],
    [180, 8],
    [184, unit],
    [188, width],
    [196, unit === 0 ? 1 : unit * BLOCK],
    [200, features2],
    [204, features2],
    [212, 0xd],
    [216, 0xb],
  ];
  for (const [at, value] of words) block.writeUInt32BE(value, at);
  for (const [at, value] of longs(geometry)) block.writeBigUInt64BE(value, at);
  const shorts: readonly [at: number, value: number][] = [
    [100, 0xb4a5],
    [102, sectorBytes],
    [104, 512],
    [106, 8],
    [194, sectorBytes === 512 ? 0 : sectorBytes],
  ];
  for (const [at, value] of shorts) block.writeUInt16BE(value, at);
  const log = Math.log2(sectorBytes);
  const bytes = [12, log, 9, 3, Math.ceil(Math.log2(groupBlocks)), 0, 0, 25];
  block.set(bytes, 120);
  block.writeUInt8(sectorBytes === 512 ? 0 : log, 193);
  block.write(label, 108, 12, 'latin1');
  const id = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  id.copy(block, 32);
  block.writeBigUInt64BE(BigInt(blocks), 8);
  block.writeUInt32LE(crc32c(block), 224);
  return block;
}

/** Attributes of version 2, lazy counters, project ids of 32 bits, checksums, file types. */
const features2 = 0x18a;
const NO_INODE = 2n ** 64n - 1n;

function longs({ blocks, groupBlocks, logBlocks }: XfsGeometry): readonly [at: number, value: bigint][] {
  const logStart = 2 ** Math.ceil(Math.log2(groupBlocks)) + 8;
  return [
    [48, BigInt(logStart)],
    [56, 128n],
    [64, 129n],
    [72, 130n],
    [128, 64n],
    [136, 61n],
    [144, BigInt(Math.max(0, blocks - logBlocks - 64))],
    [160, 0n],
    [232, NO_INODE],
  ];
}

/** What mkfs.xfs and xfs_info print. */
export function xfsReport(path: string, geometry: XfsGeometry): string {
  const { groups, groupBlocks, blocks, logBlocks, sectorBytes, unit, width } = geometry;
  const line = (what: string, ...more: string[]): string => `${what.padEnd(32)} ${more.join('')}`.trimEnd();
  const column = (text: string): string => text.padEnd(23);
  const logUnit = unit === 0 ? (sectorBytes === BLOCK ? 1 : 0) : unit;
  return [
    line(`meta-data=${path}`, 'isize=512    ', `agcount=${groups}, agsize=${groupBlocks} blks`),
    line('         =', `${column(`sectsz=${sectorBytes}`).slice(0, 13)}`, 'attr=2, projid32bit=1'),
    line('         =', 'crc=1        ', 'finobt=1, sparse=1, rmapbt=0'),
    line('         =', 'reflink=1    ', 'bigtime=1 inobtcount=1 nrext64=0'),
    line('data     =', 'bsize=4096   ', `blocks=${blocks}, imaxpct=${imaxpct(blocks)}`),
    line('         =', `sunit=${unit}`.padEnd(13), `swidth=${width} blks`),
    line('naming   =version 2', 'bsize=4096   ', 'ascii-ci=0, ftype=1'),
    line('log      =internal log', 'bsize=4096   ', `blocks=${logBlocks}, version=2`),
    line('         =', `sectsz=${sectorBytes}`.padEnd(13), `sunit=${logUnit} blks, lazy-count=1`),
    line('realtime =none', 'extsz=4096   ', 'blocks=0, rtextents=0'),
    '',
  ].join('\n');
}

/** How much of it may be inodes, in percent. */
function imaxpct(blocks: number): number {
  const tib = (blocks * BLOCK) / 2 ** 40;
  return tib < 1 ? 25 : 5;
}

/** The geometry in a superblock; undefined if it is none. */
export function readXfs(block: Buffer): XfsGeometry | undefined {
  if (block.length < 512 || block.toString('latin1', 0, 4) !== 'XFSB') return undefined;
  return {
    blocks: Number(block.readBigUInt64BE(8)),
    groupBlocks: block.readUInt32BE(84),
    groups: block.readUInt32BE(88),
    logBlocks: block.readUInt32BE(96),
    sectorBytes: block.readUInt16BE(102),
    unit: block.readUInt32BE(184),
    width: block.readUInt32BE(188),
  };
}
