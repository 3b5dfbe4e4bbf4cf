import type { NdRegion } from '@rackwright/hardware-pmem';
import { roundDown } from '../../volumes/sizes.ts';
import { leastNamespace, namespaceUnit } from '../region-units.ts';

/**
 * How large a namespace a region is still to get, so that as many percent of it
 * are ours as may be; 0 for none. What is ours already never becomes less.
 *
 * @param ownBytes what our namespaces take of the region
 */
export function planNamespace(region: NdRegion, ownBytes: bigint, percentage: number): bigint {
  const allowed = (region.sizeBytes * BigInt(percentage)) / 100n - ownBytes;
  const limits = [allowed, region.availableBytes, region.maxExtentBytes];
  const most = limits.reduce((least, one) => (one < least ? one : least));
  const bytes = roundDown(most, namespaceUnit(region));
  return bytes < leastNamespace ? 0n : bytes;
}
