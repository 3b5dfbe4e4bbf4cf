import { hasNonRotationalDisk, nvmeControllers } from '@rackwright/hardware-nvme';
import { pciFunctions } from '@rackwright/hardware-pci';
import { persistentMemory } from '@rackwright/hardware-pmem';
import type { ReadFailure } from '@rackwright/host';
import { discovery } from '@rackwright/keys';
import type { HostSnapshot } from '../host/snapshot.ts';
import { ai100Annotation, ai100Disks, ai100Labels } from './ai100.ts';
import { cxiLabels } from './cxi.ts';
import { type Instances, instancesOf } from './instances.ts';
import type { Labels } from './label-value.ts';
import { pciLabels } from './pci.ts';
import { pmemLabels } from './pmem.ts';
import type { DiscoveryRules } from './rules.ts';
import type { SourceName } from './sources.ts';

/** What one source says of the host. */
export interface Part {
  readonly labels: Labels;
  /** What could not be read; the labels say nothing then. */
  readonly unread: readonly ReadFailure[];
}

/** What one look at the host came to. */
export interface Discovered {
  readonly parts: Readonly<Record<SourceName, Part>>;
  /** The AI100 disks as JSON. */
  readonly ai100Devices?: string;
  /** Each device, for rules of Node Feature Discovery. */
  readonly instances: Instances;
}

/** Turns a snapshot of the host into labels. Pure. */
export function discover(host: HostSnapshot, rules: DiscoveryRules): Discovered {
  const functions = pciFunctions(host.pci);
  const disks = ai100Disks(nvmeControllers(host.nvme), rules);
  const memory = persistentMemory(host.pmem);
  const devices = ai100Annotation(disks);
  const { unlisted } = host;
  const part = (labels: Labels, ...unread: (readonly ReadFailure[])[]): Part => ({
    labels,
    unread: [...(unlisted ?? []), ...unread.flat()],
  });
  return {
    parts: {
      pci: part(pciLabels(functions, rules), host.pci.unread),
      cxi: part(cxiLabels(functions, host.cxiClass.names), host.pci.unread, host.cxiClass.unread),
      ai100: part(ai100Labels(disks, rules), host.nvme.unread),
      pmem: part(pmemLabels(memory), host.pmem.unread),
      storage: part(
        hasNonRotationalDisk(host.block) ? { [discovery.label.nonRotationalDisk]: 'true' } : {},
        host.block.unread,
      ),
    },
    ...(devices !== undefined && { ai100Devices: devices }),
    instances: instancesOf({ functions, disks, memory }),
  };
}
