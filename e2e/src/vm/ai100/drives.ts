import type { DriveSpec } from '@rackwright/testbed';

/** Drives of a cache: as large as striping needs to be worth looking at; QEMU chooses model and firmware. */
const sizeBytes = 20_000_000_000;

export const first: DriveSpec = { name: 'cache-1', serial: 'AI1E2T0240000001', sizeBytes };
export const second: DriveSpec = { name: 'cache-2', serial: 'AI1E2T0240000002', sizeBytes };

/** The drives caches are made of. */
export const cacheDrives = [first, second] as const;

/** The host's own drive: what agents keep on the host is on it, and survives a power loss. */
export const hostDrive: DriveSpec = { name: 'host', serial: 'HOST000000000001', sizeBytes: 268_435_456 };

/** Small drives that hold what is others'. */
export const foreignDrives: readonly DriveSpec[] = [1, 2, 3, 4, 5, 6].map((number) => ({
  name: `foreign-${number}`,
  serial: `FOREIGN00000000${number}`,
  sizeBytes: 134_217_728,
}));

export const drives: readonly DriveSpec[] = [...cacheDrives, hostDrive, ...foreignDrives];

/** What LVM can use of a drive, in whole extents of 4 MiB after its first MiB. */
export function usableBytes(drive: DriveSpec): bigint {
  const mebibyte = 1024n ** 2n;
  const extent = 4n * mebibyte;
  return ((BigInt(drive.sizeBytes) - mebibyte) / extent) * extent;
}
