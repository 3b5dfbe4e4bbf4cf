import type { PmemNamespace, PmemRegion } from './region.ts';

/** The label area of a DIMM: what its namespaces are, kept on the DIMM itself (drivers/nvdimm/label.h, version 1.1). */
export interface LabelArea {
  readonly indexes: readonly LabelIndex[];
  readonly labels: readonly NamespaceLabel[];
}

/** One of the two index blocks; that with the later number counts. */
export interface LabelIndex {
  readonly seq: number;
  readonly slots: number;
}

/** The part of a namespace that is on one DIMM. */
export interface NamespaceLabel {
  readonly slot: number;
  readonly uuid: string;
  readonly name: string;
  readonly flags: number;
  /** How many DIMMs it is spread over, and which of them this is. */
  readonly nlabel: number;
  readonly position: number;
  readonly isetCookie: bigint;
  readonly lbaSize: number;
  /** Address on the DIMM. */
  readonly dpa: number;
  readonly rawSize: number;
}

const AREA_BYTES = 2 ** 21;
const LABEL_BYTES = 128;
const SIGNATURE = 'NAMESPACE_INDEX\0';
const INDEX_HEADER = 72;

/** An index block with a bit for each label of this size, in units of 256 bytes. */
function indexBytes(labelBytes: number): number {
  return Math.ceil((INDEX_HEADER + AREA_BYTES / labelBytes / 8) / 256) * 256;
}

/** How many labels an area has room for. */
export function slotCount(labelBytes: number): number {
  return Math.floor((AREA_BYTES - 2 * indexBytes(labelBytes)) / labelBytes);
}

/** Slots of an area that was written, and what shows where none was: the driver then assumes larger labels. */
export const SLOTS = slotCount(LABEL_BYTES);
export const SLOTS_UNWRITTEN = slotCount(256);

/** The labels of one DIMM of a region. */
export function labelsOf(region: PmemRegion, dimm: number): NamespaceLabel[] {
  const position = region.dimms.indexOf(dimm);
  return region.namespaces.map((namespace, slot) => label(region, namespace, position, slot));
}

function label(region: PmemRegion, namespace: PmemNamespace, position: number, slot: number): NamespaceLabel {
  return {
    ...{ slot, uuid: namespace.uuid, name: namespace.name, flags: 0, nlabel: region.ways, position },
    ...{ isetCookie: BigInt(region.cookie), lbaSize: 512 },
    ...{ dpa: namespace.start / region.ways, rawSize: namespace.bytes / region.ways },
  };
}

/** The bytes of an area up to its last label; behind them it is empty. */
export function encodeLabelArea(labels: readonly NamespaceLabel[]): Buffer {
  const size = indexBytes(LABEL_BYTES);
  const area = Buffer.alloc(2 * size + labels.length * LABEL_BYTES);
  const taken = labels.map(({ slot }) => slot);
  for (const number of [0, 1]) indexBlock(number, taken).copy(area, number * size);
  for (const one of labels) encodeLabel(one).copy(area, 2 * size + one.slot * LABEL_BYTES);
  return area;
}

function indexBlock(number: number, taken: readonly number[]): Buffer {
  const size = indexBytes(LABEL_BYTES);
  const block = Buffer.alloc(size);
  block.write(SIGNATURE, 0, 'latin1');
  block.writeUInt8(LABEL_BYTES >> 8, 19);
  block.writeUInt32LE(number + 1, 20);
  [number * size, size, (1 - number) * size, 2 * size].forEach((value, i) => {
    block.writeBigUInt64LE(BigInt(value), 24 + 8 * i);
  });
  block.writeUInt32LE(SLOTS, 56);
  block.writeUInt16LE(1, 60);
  block.writeUInt16LE(1, 62);
  for (let slot = 0; slot < SLOTS; slot++) {
    if (!taken.includes(slot))
      block[INDEX_HEADER + (slot >> 3)] = (block[INDEX_HEADER + (slot >> 3)] ?? 0) | (1 << (slot & 7));
  }
  block.writeBigUInt64LE(fletcher64(block), 64);
  return block;
}

function encodeLabel(one: NamespaceLabel): Buffer {
  const bytes = Buffer.alloc(LABEL_BYTES);
  Buffer.from(one.uuid.replaceAll('-', ''), 'hex').copy(bytes, 0);
  bytes.write(one.name, 16, 63, 'utf8');
  bytes.writeUInt32LE(one.flags, 80);
  bytes.writeUInt16LE(one.nlabel, 84);
  bytes.writeUInt16LE(one.position, 86);
  [one.isetCookie, one.lbaSize, one.dpa, one.rawSize].forEach((value, i) => {
    bytes.writeBigUInt64LE(BigInt(value), 88 + 8 * i);
  });
  bytes.writeUInt32LE(one.slot, 120);
  return bytes;
}

/** Reads an area; undefined if none was written. Labels in slots that are free do not count. */
export function decodeLabelArea(area: Buffer): LabelArea | undefined {
  const size = indexBytes(LABEL_BYTES);
  const blocks = [0, 1].map((number) => area.subarray(number * size, (number + 1) * size)).filter(isIndex);
  const current = blocks.at(-1);
  if (current === undefined) return undefined;
  const labels: NamespaceLabel[] = [];
  for (let at = 2 * size; at + LABEL_BYTES <= area.length; at += LABEL_BYTES) {
    const slot = (at - 2 * size) / LABEL_BYTES;
    const free = ((current[INDEX_HEADER + (slot >> 3)] ?? 0) >> (slot & 7)) & 1;
    if (free === 0) labels.push(decodeLabel(area.subarray(at, at + LABEL_BYTES)));
  }
  return {
    indexes: blocks.map((block) => ({ seq: block.readUInt32LE(20), slots: block.readUInt32LE(56) })),
    labels,
  };
}

function isIndex(block: Buffer): boolean {
  if (block.length < INDEX_HEADER || block.toString('latin1', 0, 16) !== SIGNATURE) return false;
  const copy = Buffer.from(block);
  copy.fill(0, 64, 72);
  return fletcher64(copy) === block.readBigUInt64LE(64);
}

function decodeLabel(bytes: Buffer): NamespaceLabel {
  const hex = bytes.toString('hex', 0, 16);
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return {
    slot: bytes.readUInt32LE(120),
    uuid: uuid.join('-'),
    name: bytes.toString('utf8', 16, 80).replace(/\0.*$/s, ''),
    flags: bytes.readUInt32LE(80),
    nlabel: bytes.readUInt16LE(84),
    position: bytes.readUInt16LE(86),
    isetCookie: bytes.readBigUInt64LE(88),
    lbaSize: Number(bytes.readBigUInt64LE(96)),
    dpa: Number(bytes.readBigUInt64LE(104)),
    rawSize: Number(bytes.readBigUInt64LE(112)),
  };
}

/** The checksum of index blocks, over words of 32 bits (drivers/nvdimm/core.c, nd_fletcher64). */
function fletcher64(bytes: Buffer): bigint {
  let low = 0;
  let high = 0n;
  for (let at = 0; at < bytes.length; at += 4) {
    low = (low + bytes.readUInt32LE(at)) >>> 0;
    high += BigInt(low);
  }
  return BigInt.asUintN(64, (high << 32n) | BigInt(low));
}
