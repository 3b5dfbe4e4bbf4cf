import { SCRATCH } from '../host/atomic-files.ts';
import { type BlockDevice, blockNodes, blockTree } from '../host/block-tree.ts';
import { type TreeEntry, textFile, valueFile } from '../host/tree.ts';
import type { PmemNamespace, PmemRegion } from './region.ts';
import { pfnOffset, usableBytes } from './sizes.ts';

/** Minor numbers above those of other disks. */
const FIRST_MINOR = 0x8_0000;

/** The disk of a namespace, below what holds it. */
export function diskTree(region: PmemRegion, namespace: PmemNamespace, parent: string): TreeEntry[] {
  const name = diskName(region, namespace);
  const disk: BlockDevice = {
    name,
    parent,
    folder: `${parent}/block/${name}`,
    minor: FIRST_MINOR + region.id * 256 + namespace.id,
    sectors: Math.floor(usableBytes(namespace) / 512),
    readOnly: region.readOnly,
    hidden: false,
    queue: {
      logicalBlockBytes: namespace.mode === 'sector' ? namespace.sectorSize : 512,
      physicalBlockBytes: 4096,
      more: queueOfPmem,
    },
    partitions: [],
  };
  const direct = namespace.mode === 'sector' ? [] : directAccess(disk, badBlocksOf(region, namespace));
  const what = namespace.uuid === '' ? `region${region.id}` : namespace.uuid;
  return [...blockTree(disk), ...direct, ...blockNodes(disk, `${SCRATCH}/pmem/media/${what}`)];
}

/** E.g. `pmem0`, `pmem0.1`, with an s where sectors are written as a whole. */
function diskName({ id }: PmemRegion, namespace: PmemNamespace): string {
  const part = namespace.id === 0 ? '' : `.${namespace.id}`;
  return `pmem${id}${part}${namespace.mode === 'sector' ? 's' : ''}`;
}

function directAccess({ folder }: BlockDevice, badBlocks: string): TreeEntry[] {
  return [textFile(`${folder}/badblocks`, badBlocks), valueFile(`${folder}/dax/write_cache`, 1)];
}

/** Those of the region that lie in the disk, counted from its beginning. */
function badBlocksOf({ badBlocks }: PmemRegion, namespace: PmemNamespace): string {
  const reserved = namespace.mode === 'raw' ? 0 : pfnOffset(namespace.bytes, namespace.align);
  const first = (namespace.start + reserved) / 512;
  const end = first + usableBytes(namespace) / 512;
  return badBlocks
    .map(({ sector, count }) => [Math.max(sector, first), Math.min(sector + count, end)] as const)
    .filter(([from, to]) => from < to)
    .map(([from, to]) => `${from - first} ${to - from}\n`)
    .join('');
}

const queueOfPmem = {
  dma_alignment: 511,
  iostats: 0,
  max_discard_segments: 1,
  max_hw_sectors_kb: 2_147_483_647,
  max_sectors_kb: 1280,
  max_segment_size: 65536,
  nr_requests: 128,
  rq_affinity: 0,
};
