/** How a file system lies on its disk; counts of 4096 bytes unless said otherwise. */
export interface XfsGeometry {
  readonly groups: number;
  readonly groupBlocks: number;
  readonly blocks: number;
  readonly logBlocks: number;
  readonly sectorBytes: number;
  /** Stripe unit and width; 0 for none. */
  readonly unit: number;
  readonly width: number;
}

export const BLOCK = 4096;
const TIB = 2 ** 40 / BLOCK;
const GIB = 2 ** 30 / BLOCK;
const MIB = 2 ** 20 / BLOCK;
/** An allocation group is no larger than 1 TiB, and the last one no smaller than 16 MiB. */
const LARGEST_GROUP = TIB - 1;
const SMALLEST_GROUP = 16 * MIB;
const LARGEST_LOG = 521_728;
const SMALLEST_LOG = 64 * MIB;

/** As mkfs.xfs 6.1 decides it. */
export function xfsGeometry(bytes: number, sectorBytes: number, unit: number, stripes: number): XfsGeometry {
  const all = Math.floor(bytes / BLOCK);
  const width = unit * stripes;
  const groupBlocks = aligned(groupSize(all, width > 0), unit, width);
  const whole = Math.floor(all / groupBlocks);
  const last = all - whole * groupBlocks;
  const groups = last >= SMALLEST_GROUP ? whole + 1 : whole;
  const blocks = last >= SMALLEST_GROUP ? all : whole * groupBlocks;
  return { groups, groupBlocks, blocks, logBlocks: logSize(blocks, unit), sectorBytes, unit, width };
}

/** More groups where several disks work at once (libfrog, calc_default_ag_geometry). */
function groupSize(blocks: number, striped: boolean): number {
  if (blocks >= (striped ? 32 : 4) * TIB) return LARGEST_GROUP;
  if (!striped) return Math.ceil(blocks / 4);
  const sizes: readonly [above: number, groups: number][] = [
    [512 * GIB, 32],
    [8 * GIB, 16],
    [128 * MIB - 1, 8],
  ];
  const groups = sizes.find(([above]) => blocks > above)?.[1] ?? 4;
  return Math.ceil(blocks / groups);
}

/** Groups begin on a stripe unit, and not all on the same disk. */
function aligned(size: number, unit: number, width: number): number {
  if (unit === 0) return size;
  const onUnit = Math.floor(size / unit) * unit;
  return onUnit % width === 0 ? onUnit - unit : onUnit;
}

function logSize(blocks: number, unit: number): number {
  const size = Math.min(LARGEST_LOG, Math.max(SMALLEST_LOG, Math.floor(blocks / 2048)));
  return unit === 0 ? size : Math.ceil(size / unit) * unit;
}
