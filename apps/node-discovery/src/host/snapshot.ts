import { compareNatural } from '@rackwright/core';
import { type BlockSnapshot, type NvmeSnapshot, scanBlockDevices, scanNvme } from '@rackwright/hardware-nvme';
import { type PciSnapshot, scanPci } from '@rackwright/hardware-pci';
import { type PmemSnapshot, scanPmem } from '@rackwright/hardware-pmem';
import { type HostReader, NotingReader, type ReadFailure } from '@rackwright/host';

/** Everything one look at the host read. */
export interface HostSnapshot {
  /** Why nothing at all is known; absent when sysfs is there. */
  readonly unlisted?: readonly ReadFailure[];
  readonly pci: PciSnapshot;
  readonly cxiClass: ClassSnapshot;
  readonly nvme: NvmeSnapshot;
  readonly block: BlockSnapshot;
  readonly pmem: PmemSnapshot;
}

/** The entries of the device class `cxi`. */
export interface ClassSnapshot {
  readonly names: readonly string[];
  readonly unread: readonly ReadFailure[];
}

/** Looks at the host once. Does not throw. */
export function readHost(files: HostReader): HostSnapshot {
  const unlisted = sysfsFailures(files);
  return {
    ...(unlisted.length > 0 && { unlisted }),
    pci: scanPci(files),
    cxiClass: cxiClass(files),
    nvme: scanNvme(files),
    block: scanBlockDevices(files),
    pmem: scanPmem(files),
  };
}

/** A host without any bus is no host without hardware: its sysfs is not mounted. */
function sysfsFailures(files: HostReader): readonly ReadFailure[] {
  const reader = new NotingReader(files);
  const path = files.root.sys('bus');
  const buses = reader.try<string[]>([], () => files.list(path));
  return reader.failures.length > 0 || buses.length > 0 ? reader.failures : [{ path, code: 'ENOENT' }];
}

function cxiClass(files: HostReader): ClassSnapshot {
  const reader = new NotingReader(files);
  const isDevice = (name: string): boolean => /^cxi\d{1,6}$/.test(name);
  const names = reader.names(files.root.sys('class', 'cxi'), isDevice, compareNatural, 256);
  return { names, unread: reader.failures };
}
