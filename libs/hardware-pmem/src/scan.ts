import { compareNatural } from '@rackwright/core';
import { type HostReader, NotingReader, type ReadFailure } from '@rackwright/host';

/** What one look at the persistent memory read, as text: the input of `persistentMemory`. */
export interface PmemSnapshot {
  /** In natural order of their names. */
  readonly devices: readonly RawNdDevice[];
  /** What could not be read. */
  readonly unread: readonly ReadFailure[];
}

/** The raw facts of one entry of /sys/bus/nd/devices. */
export interface RawNdDevice {
  /** `region0`, `namespace0.0`, `dax0.0`, `nmem0` … */
  readonly name: string;
  /** Trimmed content by file name; files that are missing or empty are left out. */
  readonly text: Readonly<Record<string, string>>;
}

/** Most devices that are looked at. */
export const maxNdDevices = 4096;

const files = ['devtype', 'size', 'available_size', 'mode', 'numa_node', 'read_only', 'persistence_domain'];

/** Reads every device on the bus of persistent memory. Decides nothing and does not throw. */
export function scanPmem(host: HostReader): PmemSnapshot {
  const reader = new NotingReader(host);
  const folder = host.root.sys('bus', 'nd', 'devices');
  const isDevice = (name: string): boolean => /^[a-z]{1,16}\d{1,6}(\.\d{1,6}){0,2}$/.test(name);
  return host.batch(() => ({
    devices: reader
      .names(folder, isDevice, compareNatural, maxNdDevices)
      .map((name) => ({ name, text: reader.texts(`${folder}/${name}`, files) })),
    unread: reader.failures,
  }));
}
