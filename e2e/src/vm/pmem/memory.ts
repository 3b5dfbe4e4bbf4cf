import type { DriveSpec, NvdimmSpec } from '@rackwright/testbed';

const mebibyte = 1024 ** 2;

/** Two modules, each a region of its own; the larger holds a volume of 1 GiB. */
export const nvdimms = [
  { name: 'pmem-1', sizeBytes: 512 * mebibyte },
  { name: 'pmem-2', sizeBytes: 1280 * mebibyte },
] as const satisfies readonly NvdimmSpec[];

/** The host's own drive: the driver's state is on it, and survives a power loss. */
export const hostDrive: DriveSpec = { name: 'host', serial: 'HOST000000000001', sizeBytes: 4096 * mebibyte };
