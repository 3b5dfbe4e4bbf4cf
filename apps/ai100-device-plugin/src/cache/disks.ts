import type { DriveSelection } from '@rackwright/hardware-nvme';
import { HostRoot } from '@rackwright/host';

/** A drive as LVM and the tools see it. */
export interface CacheDisk {
  readonly serial: string;
  /** `nvme1` and `nvme1n1`: names of now. */
  readonly controller: string;
  readonly namespace: string;
  /** `/dev/nvme1n1` */
  readonly path: string;
  readonly sizeBytes: bigint;
  /** Of another maker, as discovery is told; its health is not looked at. */
  readonly foreign?: true;
  /** May become part of a cache. */
  readonly eligible: boolean;
}

/** The drives of a look that have a disk, in the order of their serial numbers. */
export function cacheDisks(drives: readonly DriveSelection[]): CacheDisk[] {
  const disks = drives.flatMap(({ controller, namespace, eligible, isAi100 }): CacheDisk | never[] => {
    if (namespace === undefined || controller.serial === undefined) return [];
    const sizeBytes = namespace.sizeBytes ?? 0n;
    return {
      serial: controller.serial,
      controller: controller.name,
      namespace: namespace.name,
      path: new HostRoot().dev(namespace.name),
      sizeBytes,
      ...(!isAi100 && { foreign: true as const }),
      eligible: eligible && sizeBytes > 0n,
    };
  });
  return disks.sort((a, b) => (a.serial < b.serial ? -1 : 1));
}
