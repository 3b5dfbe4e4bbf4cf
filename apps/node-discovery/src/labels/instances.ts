import type { NvmeController } from '@rackwright/hardware-nvme';
import type { PciFunction } from '@rackwright/hardware-pci';
import type { PersistentMemory } from '@rackwright/hardware-pmem';
import { slingshotNics } from './cxi.ts';
import { type Labels, withValues } from './label-value.ts';

/** Attributes of each device, by the source that found it. */
export interface Instances {
  readonly ai100: readonly Labels[];
  readonly cxi: readonly Labels[];
  readonly pmem: readonly Labels[];
}

/** What rules of Node Feature Discovery may ask of each device. Pure. */
export function instancesOf({ functions, disks, memory }: FoundDevices): Instances {
  return {
    ai100: disks.map(({ model, firmware, numaNode, namespaces }) =>
      withValues({ model, firmware, size: namespaces[0]?.sizeBytes?.toString(), numa: numaNode?.toString() }),
    ),
    cxi: slingshotNics(functions).map(({ vendorId, deviceId, kind, numaNode }) =>
      withValues({ vendor: vendorId, device: deviceId, kind, numa: numaNode?.toString() }),
    ),
    pmem: memory.regions.map(({ sizeBytes, numaNode }) =>
      withValues({ size: sizeBytes.toString(), numa: numaNode?.toString() }),
    ),
  };
}

interface FoundDevices {
  readonly functions: readonly PciFunction[];
  /** AI100 disks. */
  readonly disks: readonly NvmeController[];
  readonly memory: PersistentMemory;
}
