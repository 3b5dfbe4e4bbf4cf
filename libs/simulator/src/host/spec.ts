import type { PciDeviceSpec } from './pci-devices.ts';

/** What every node has, whatever hardware is in it. */
export interface CoreSpec {
  /** Loaded kernel modules; default those the host's hardware works with. */
  readonly modules?: readonly string[];
  readonly kernelRelease?: string;
  /** NUMA nodes of the machine, 16 cores with two threads each; default 4. */
  readonly numaNodes?: number;
  /**
   * What stands for a node in /dev: a plain file (default), or a real character
   * or block node, which needs root and opens with ENXIO.
   */
  readonly devNodes?: 'file' | 'char';
  /**
   * Whether the host has programs that work on it: mount, umount, modprobe, and
   * those its hardware brings. Default false.
   */
  readonly commands?: boolean;
  /** PCI devices that no kind of hardware here knows, as any machine has them. */
  readonly pci?: readonly PciDeviceSpec[];
}
