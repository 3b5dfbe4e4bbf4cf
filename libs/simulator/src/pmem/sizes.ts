import type { PmemMode } from './spec.ts';

const KiB = 1024;
export const MiB = 1024 * KiB;
const PAGE = 4 * KiB;

/** What the struct pages of fsdax and devdax take (drivers/nvdimm/pfn_devs.c, nd_pfn_init). */
export function pfnOffset(bytes: number, align: number): number {
  const unit = Math.max(align, 2 * MiB);
  return Math.ceil((8 * KiB + (bytes / PAGE) * 64) / unit) * unit;
}

/** What is left for data of a sector namespace (drivers/nvdimm/btt.c, alloc_arena), in one arena of at most 512 GiB. */
function bttBytes(bytes: number, sectorSize: number): number {
  const free = 256;
  const log = free * 64;
  const available = bytes - PAGE - 2 * PAGE - log;
  const blocks = Math.floor((available - PAGE) / (Math.ceil(sectorSize / 256) * 256 + 4));
  return (blocks - free) * sectorSize;
}

/** What a namespace that takes `bytes` of a region offers. */
export function usableBytes(namespace: {
  readonly mode: PmemMode;
  readonly bytes: number;
  readonly align: number;
  readonly sectorSize: number;
}): number {
  switch (namespace.mode) {
    case 'raw':
      return namespace.bytes;
    case 'sector':
      return bttBytes(namespace.bytes, namespace.sectorSize);
    default:
      return namespace.bytes - pfnOffset(namespace.bytes, namespace.align);
  }
}
