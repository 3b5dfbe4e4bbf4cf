import type { PersistentMemory } from '@rackwright/hardware-pmem';
import { discovery } from '@rackwright/keys';
import { gigabytes, type Labels, labelValue, withValues } from './label-value.ts';

/** Labels for persistent memory. Pure. */
export function pmemLabels({ hasDevice, hasDeviceDax, regions, namespaces }: PersistentMemory): Labels {
  const { pmem, memoryPresent, memoryDax } = discovery.label;
  const modes = [...new Set(namespaces.map(({ mode }) => mode))].sort();
  return withValues({
    [memoryPresent]: hasDevice ? 'true' : undefined,
    [memoryDax]: hasDeviceDax ? 'true' : undefined,
    ...(regions.length > 0 && {
      [pmem.regions]: String(regions.length),
      [pmem.capacityGB]: gigabytes(regions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n)),
      [pmem.availableGB]: gigabytes(regions.reduce((sum, { availableBytes }) => sum + availableBytes, 0n)),
      [pmem.modes]: labelValue(modes.join('_')),
    }),
  });
}
