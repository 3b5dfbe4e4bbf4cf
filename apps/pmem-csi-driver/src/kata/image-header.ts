/** Bytes in front of the file system of an image, a large page (Kata Containers, tools/osbuilder/image-builder). */
export const headerBytes = 2 * 1024 * 1024;
const sectorBytes = 512;
/** Where the kernel of the virtual machine looks for the superblock (SZ_4K in drivers/nvdimm/pfn_devs.c). */
const superblockAt = 4096;
const superblockBytes = 4096;
const checksumAt = 4088;
/** struct nd_pfn_sb of drivers/nvdimm/pfn.h. */
const fields = { signature: 0, versionMinor: 54, dataOffset: 56, mode: 72, align: 84 } as const;
/** PFN_MODE_RAM. */
const modeRam = 1;

/**
 * What an image begins with: a partition table, and the superblock by which a virtual
 * machine that is given the file as an NVDIMM maps its file system with dax.
 *
 * @param bytes of the whole image
 */
export function imageHeader(bytes: bigint): Buffer {
  const header = Buffer.alloc(superblockAt + superblockBytes);
  partitionTable(bytes).copy(header);
  pfnSuperblock(BigInt(headerBytes), headerBytes).copy(header, superblockAt);
  return header;
}

/** An MBR with one Linux partition, from behind the header to the end. */
function partitionTable(bytes: bigint): Buffer {
  const table = Buffer.alloc(sectorBytes);
  const entry = 446;
  const linux = 0x83;
  // Cylinders, heads and sectors say nothing here: this is what stands for too large a number.
  const beyond = [0xfe, 0xff, 0xff];
  table.set([0, ...beyond, linux, ...beyond], entry);
  const first = headerBytes / sectorBytes;
  table.writeUInt32LE(first, entry + 8);
  table.writeUInt32LE(Math.min(Number(bytes) / sectorBytes - first, 0xffff_ffff), entry + 12);
  table.writeUInt16LE(0xaa55, 510);
  return table;
}

/**
 * @param dataOffset bytes before the data
 * @param align of the mapping, in bytes
 */
export function pfnSuperblock(dataOffset: bigint, align: number): Buffer {
  const block = Buffer.alloc(superblockBytes);
  block.write('NVDIMM_PFN_INFO\0', fields.signature, 'latin1');
  block.writeUInt16LE(2, fields.versionMinor);
  block.writeBigUInt64LE(dataOffset, fields.dataOffset);
  block.writeUInt32LE(modeRam, fields.mode);
  block.writeUInt32LE(align, fields.align);
  block.writeBigUInt64LE(fletcher64(block), checksumAt);
  return block;
}

/** Of the words of 32 bits, as nd_fletcher64 of drivers/nvdimm/core.c; the checksum's own place is zero meanwhile. */
function fletcher64(block: Buffer): bigint {
  let low = 0;
  let high = 0n;
  for (let at = 0; at < block.length; at += 4) {
    low = (low + block.readUInt32LE(at)) >>> 0;
    high += BigInt(low);
  }
  return BigInt.asUintN(64, (high << 32n) | BigInt(low));
}
