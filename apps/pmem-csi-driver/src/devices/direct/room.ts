import type { NdRegion } from '@rackwright/hardware-pmem';
import { roundDown, roundUp } from '../../volumes/sizes.ts';
import type { DeviceCapacity } from '../device-manager.ts';
import { isUsable, leastNamespace, namespaceUnit } from '../region-units.ts';

/** A region and what volumes may still take of it. Sizes are of namespaces with all that they hold beside data. */
export interface RegionRoom {
  readonly region: NdRegion;
  /** What sizes of volumes are multiples of. */
  readonly unit: bigint;
  /** The largest volume, and all that are to come together. */
  readonly largest: bigint;
  readonly free: bigint;
  readonly managed: bigint;
}

/**
 * The room in each region in which volumes can be made.
 *
 * @param ownBytes what volumes take of a region
 */
export function roomOf(
  regions: readonly NdRegion[],
  ownBytes: (region: NdRegion) => bigint,
  percentage: number,
): RegionRoom[] {
  return regions.filter(isUsable).map((region) => {
    const unit = namespaceUnit(region);
    const managed = (region.sizeBytes * BigInt(percentage)) / 100n;
    const free = roundDown(least(managed - ownBytes(region), region.availableBytes), unit);
    const largest = roundDown(least(free, region.maxExtentBytes), unit);
    return { region, unit, managed, free, largest: largest < leastNamespace ? 0n : largest };
  });
}

/** What a volume of so many bytes takes in a region. */
export function sizeIn({ unit }: Pick<RegionRoom, 'unit'>, bytes: bigint): bigint {
  return roundUp(bytes < leastNamespace ? leastNamespace : bytes, unit);
}

/** The first region in which a volume fits, and what it takes there. */
export function placeFor(
  rooms: readonly RegionRoom[],
  bytes: bigint,
): { readonly region: NdRegion; readonly size: bigint } | undefined {
  const fitting = rooms.find((room) => sizeIn(room, bytes) <= room.largest);
  return fitting && { region: fitting.region, size: sizeIn(fitting, bytes) };
}

export function capacityOf(regions: readonly NdRegion[], rooms: readonly RegionRoom[]): DeviceCapacity {
  const sum = (sizes: readonly bigint[]): bigint => sizes.reduce((all, one) => all + one, 0n);
  return {
    maxVolumeSize: rooms.reduce((most, { largest }) => (largest > most ? largest : most), 0n),
    available: sum(rooms.map(({ free }) => free)),
    managed: sum(rooms.map(({ managed }) => managed)),
    total: sum(regions.filter(({ persistent }) => persistent).map(({ sizeBytes }) => sizeBytes)),
  };
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
