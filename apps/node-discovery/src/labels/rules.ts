import type { Ai100Rule } from '@rackwright/hardware-nvme';

/** What becomes a label, beside what is always one. */
export interface DiscoveryRules {
  /** Vendors, four lower-case hex digits, whose PCI functions get labels. */
  readonly pciVendors: readonly string[];
  /** Also a label for each device id. */
  readonly pciDeviceLabels: boolean;
  readonly ai100: Ai100Rule;
  /** Firmware AI100 disks shall have; absent: it is not looked at. */
  readonly firmware?: readonly string[];
}
