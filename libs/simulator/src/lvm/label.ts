import { crc32 } from 'node:zlib';

/** What LVM writes at the beginning of a physical volume. */
export interface PvLabel {
  /** With its dashes. */
  readonly uuid: string;
  readonly deviceBytes: number;
  /** Metadata of its volume group; undefined if it is in none. */
  readonly metadata: string | undefined;
}

/** Where data begin; before is the label, then metadata. */
export const DATA_START = 2 ** 20;
const METADATA_START = 4096;
const METADATA_BYTES = DATA_START - METADATA_START;
const SECTOR = 512;
const LABEL_AT = SECTOR;
const HEADER_AT = 32;
const MAGIC = ' LVM2 x[5A%r0N*>';
/** All that is read of a disk to know its label and metadata. */
export const LABEL_BYTES = DATA_START;

/** The first MiB of a physical volume (lib/format_text/layout.h). */
export function encodeLabel(label: PvLabel): Buffer {
  const bytes = Buffer.alloc(DATA_START);
  labelSector(label).copy(bytes, LABEL_AT);
  metadataArea(label.metadata).copy(bytes, METADATA_START);
  return bytes;
}

function labelSector({ uuid, deviceBytes, metadata }: PvLabel): Buffer {
  const sector = Buffer.alloc(SECTOR);
  sector.write('LABELONE', 0, 'latin1');
  sector.writeBigUInt64LE(BigInt(LABEL_AT / SECTOR), 8);
  sector.writeUInt32LE(HEADER_AT, 20);
  sector.write('LVM2 001', 24, 'latin1');
  sector.write(uuid.replaceAll('-', ''), HEADER_AT, 'latin1');
  const longs = [deviceBytes, DATA_START, 0, 0, 0, METADATA_START, METADATA_BYTES, 0, 0];
  longs.forEach((value, i) => {
    sector.writeBigUInt64LE(BigInt(value), HEADER_AT + 32 + 8 * i);
  });
  const extension = HEADER_AT + 32 + 8 * longs.length;
  sector.writeUInt32LE(2, extension);
  sector.writeUInt32LE(metadata === undefined ? 0 : 1, extension + 4);
  sector.writeUInt32LE(checksum(sector.subarray(20)), 16);
  return sector;
}

function metadataArea(metadata: string | undefined): Buffer {
  const area = Buffer.alloc(METADATA_BYTES);
  const header = area.subarray(0, SECTOR);
  header.write(MAGIC, 4, 'latin1');
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(METADATA_START), 24);
  header.writeBigUInt64LE(BigInt(METADATA_BYTES), 32);
  if (metadata !== undefined) {
    const text = Buffer.from(`${metadata}\0`, 'utf8');
    text.copy(area, SECTOR);
    header.writeBigUInt64LE(BigInt(SECTOR), 40);
    header.writeBigUInt64LE(BigInt(text.length), 48);
    header.writeUInt32LE(checksum(text), 56);
  }
  header.writeUInt32LE(checksum(header.subarray(4)), 0);
  return area;
}

/** Reads the beginning of a disk; undefined if it is no physical volume, or its label is damaged. */
export function decodeLabel(bytes: Buffer): PvLabel | undefined {
  const sector = bytes.subarray(LABEL_AT, LABEL_AT + SECTOR);
  if (sector.length < SECTOR || sector.toString('latin1', 0, 8) !== 'LABELONE') return undefined;
  if (sector.readUInt32LE(16) !== checksum(sector.subarray(20))) return undefined;
  const header = sector.subarray(sector.readUInt32LE(20));
  return {
    uuid: dashed(header.toString('latin1', 0, 32)),
    deviceBytes: Number(header.readBigUInt64LE(32)),
    metadata: decodeMetadata(bytes.subarray(METADATA_START)),
  };
}

/** The text runs around the end of its area to the place behind the header. */
function decodeMetadata(area: Buffer): string | undefined {
  const header = area.subarray(0, SECTOR);
  if (header.length < SECTOR || header.toString('latin1', 4, 20) !== MAGIC) return undefined;
  const [offset, size] = [Number(header.readBigUInt64LE(40)), Number(header.readBigUInt64LE(48))];
  if (offset === 0 || size === 0 || size > area.length) return undefined;
  const first = area.subarray(offset, offset + size);
  const rest = area.subarray(SECTOR, SECTOR + size - first.length);
  const text = Buffer.concat([first, rest]);
  if (header.readUInt32LE(56) !== checksum(text)) return undefined;
  return text.toString('utf8').replace(/\0.*$/s, '');
}

/** LVM's checksum: CRC-32 with a beginning of its own and nothing turned around (lib/misc/crc.c). */
function checksum(bytes: Uint8Array): number {
  return (crc32(bytes, (0xf597_a6cf ^ 0xffff_ffff) >>> 0) ^ 0xffff_ffff) >>> 0;
}

/** As LVM writes its identifiers: 32 characters in seven groups. */
export function dashed(characters: string): string {
  const ends = [6, 10, 14, 18, 22, 26, 32];
  return ends.map((end, i) => characters.slice(ends[i - 1] ?? 0, end)).join('-');
}
