import type { NdRegion } from '@rackwright/hardware-pmem';

/** Large pages of fsdax namespaces. */
export const pageBytes = 2n * 1024n * 1024n;
/** What namespaces of a region are multiples of that does not say itself. */
export const usualAlign = 96n * 1024n * 1024n;
/** ndctl makes no smaller ones. */
export const leastNamespace = 16n * 1024n * 1024n;

/** Regions that volumes can be made from. */
export function isUsable({ bus, name, persistent, enabled, readOnly }: NdRegion): boolean {
  return bus !== '' && name !== '' && persistent && enabled && !readOnly;
}

/** What the size of a namespace in a region must be a multiple of: large pages on every DIMM, and what the kernel asks. */
export function namespaceUnit({ alignBytes, ways }: Pick<NdRegion, 'alignBytes' | 'ways'>): bigint {
  return leastCommonMultiple(pageBytes * BigInt(ways), alignBytes > 1n ? alignBytes : usualAlign);
}

function leastCommonMultiple(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y > 0n) [x, y] = [y, x % y];
  return (a / x) * b;
}
