import type { Fault } from '../faults/fault.ts';
import type { PmemHardware } from './pmem-hardware.ts';
import type { PmemRegion } from './region.ts';

/** A host with persistent memory. */
interface PmemHost {
  readonly hardware: { readonly pmem: PmemHardware };
}

/** Which region, by its name in sysfs. */
interface OfRegion {
  readonly region: string;
}

/** The region has no driver: its namespaces are gone until it is enabled again. */
function pmemRegionDisabled(host: PmemHost, { region }: OfRegion): Fault {
  const what = { name: 'pmem-region-disabled', description: `${region} is disabled` };
  return changed(host, region, what, { enabled: false });
}

/** The firmware has write-protected the region. */
function pmemReadOnly(host: PmemHost, { region }: OfRegion): Fault {
  const what = { name: 'pmem-read-only', description: `${region} has become read-only` };
  return changed(host, region, what, { readOnly: true });
}

/** Parts of the region cannot be read any more. */
function pmemBadBlocks(
  host: PmemHost,
  { region, badBlocks }: OfRegion & Pick<PmemRegion, 'badBlocks'>,
): Fault {
  const what = { name: 'pmem-bad-blocks', description: `${badBlocks.length} ranges of ${region} are bad` };
  return changed(host, region, what, { badBlocks });
}

/** A namespace has no driver, and so no disk, until it is enabled again. */
function pmemNamespaceDisabled(host: PmemHost, { namespace }: { readonly namespace: string }): Fault {
  const { pmem } = host.hardware;
  return {
    name: 'pmem-namespace-disabled',
    description: `${namespace} is disabled`,
    apply: async () => pmem.setNamespaceEnabled(namespace, false),
    revert: async () => pmem.setNamespaceEnabled(namespace, true),
  };
}

/** Somebody destroys a namespace. */
function pmemNamespaceDestroyed(host: PmemHost, { namespace }: { readonly namespace: string }): Fault {
  return {
    name: 'pmem-namespace-destroyed',
    description: `${namespace} is destroyed`,
    apply: async () => host.hardware.pmem.destroyNamespace(namespace),
  };
}

/** What can go wrong with the persistent memory of a host. */
export const pmemFaults = {
  pmemRegionDisabled,
  pmemReadOnly,
  pmemBadBlocks,
  pmemNamespaceDisabled,
  pmemNamespaceDestroyed,
} as const;

/** A change of a region; reverting brings back what those members were. */
function changed(
  { hardware }: PmemHost,
  region: string,
  what: Pick<Fault, 'name' | 'description'>,
  change: Partial<PmemRegion>,
): Fault {
  const { enabled, readOnly, badBlocks } = hardware.pmem.region(region);
  return {
    ...what,
    apply: async () => hardware.pmem.update(region, change),
    revert: async () => hardware.pmem.update(region, { enabled, readOnly, badBlocks }),
  };
}
