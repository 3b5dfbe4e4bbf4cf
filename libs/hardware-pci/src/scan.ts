import { compareText } from '@rackwright/core';
import { type HostReader, NotingReader, type ReadFailure } from '@rackwright/host';
import { isPciAddress } from './parse.ts';

/** What one look at the PCI bus read, as text: the input of `pciFunctions`. */
export interface PciSnapshot {
  /** In the order of their addresses. */
  readonly functions: readonly RawPciFunction[];
  /** What could not be read: the functions may be more, and other, than those said here. */
  readonly unread: readonly ReadFailure[];
}

/** The raw facts of one entry of /sys/bus/pci/devices. */
export interface RawPciFunction {
  readonly address: string;
  /** Trimmed content by file name; files that are missing or empty are left out. */
  readonly text: Readonly<Record<string, string>>;
  /** Whether it has the link `physfn` of a virtual function. */
  readonly hasPhysicalFunction: boolean;
  /** Whether it has the file `sriov_totalvfs`, as a function that can have virtual ones does. */
  readonly hasTotalVfs: boolean;
}

/** Most functions that are looked at; more than any machine has. */
export const maxPciFunctions = 4096;

/** Reads every function on the PCI bus. Decides nothing and does not throw. */
export function scanPci(files: HostReader): PciSnapshot {
  const reader = new NotingReader(files);
  const folder = files.root.sys('bus', 'pci', 'devices');
  return files.batch(() => {
    const addresses = reader.names(folder, isPciAddress, compareText, maxPciFunctions);
    const functions = addresses.map((address) => readFunction(reader, `${folder}/${address}`, address));
    return { functions, unread: reader.failures };
  });
}

function readFunction(reader: NotingReader, folder: string, address: string): RawPciFunction {
  return {
    address,
    text: reader.texts(folder, ['vendor', 'device', 'class', 'numa_node']),
    hasPhysicalFunction: reader.try(false, (files) => files.readLink(`${folder}/physfn`) !== undefined),
    hasTotalVfs: reader.try(false, (files) => files.exists(`${folder}/sriov_totalvfs`)),
  };
}
