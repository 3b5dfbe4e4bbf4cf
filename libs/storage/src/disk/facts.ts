import type { HostReader } from '@rackwright/host';

/** /sys/block/X/size counts these, whatever the sectors of the disk are. */
const sectorBytes = 512n;

/** What sysfs says of a block device. */
export interface DiskFacts {
  readonly serial: string | undefined;
  readonly sizeBytes: bigint;
}

/** @param folder of the block device in sysfs; its `device` is the controller, or with multipath the subsystem, and both have a serial number */
export function diskFacts(files: HostReader, folder: string): DiskFacts {
  const sectors = files.readTrimmed(`${folder}/size`);
  return {
    serial: files.readTrimmed(`${folder}/device/serial`),
    sizeBytes: /^\d{1,16}$/.test(sectors ?? '') ? BigInt(sectors ?? '') * sectorBytes : 0n,
  };
}
