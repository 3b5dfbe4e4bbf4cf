import type { DriveSpec } from '@rackwright/testbed';

/** Drives of the machine: as large as striping needs to be worth looking at; QEMU chooses model and firmware. */
const sizeBytes = 20_000_000_000;

const first: DriveSpec = { name: 'cache-1', serial: 'AI1E2T0240000001', sizeBytes };
const second: DriveSpec = { name: 'cache-2', serial: 'AI1E2T0240000002', sizeBytes };

export { first, second };
export const drives = [first, second];

/** What LVM can use of a drive, in whole extents of 4 MiB after its first MiB. */
export function usableBytes(drive: DriveSpec): bigint {
  const mebibyte = 1024n ** 2n;
  const extent = 4n * mebibyte;
  return ((BigInt(drive.sizeBytes) - mebibyte) / extent) * extent;
}
