import { type PciFunction, pciFunctionTree } from './pci-function.ts';
import { type PciSlots, pciPlace } from './pci-slots.ts';
import { type TreeEntry, valueFile } from './tree.ts';

/** A PCI device without a driver the simulator knows. */
export interface PciDeviceSpec {
  /** E.g. `0000:05:00.0`. */
  readonly address: string;
  readonly vendor: number;
  readonly device: number;
  /** Class, subclass and programming interface; default 0x020000, Ethernet. */
  readonly class?: number;
  /** Default the vendor. */
  readonly subsystemVendor?: number;
  readonly subsystemDevice?: number;
  readonly numaNode?: number;
  /** Virtual functions it could have; without it the device cannot have any. */
  readonly sriovTotalVfs?: number;
  /** Files of its folder that are missing, e.g. `vendor`. */
  readonly without?: readonly string[];
}

/** The trees of devices that are only looked at. */
export function pciDeviceTrees(
  devices: readonly PciDeviceSpec[],
  slots: PciSlots,
  numaNodes: number,
): TreeEntry[] {
  return devices.flatMap((device) => {
    slots.take(device.address, `PCI device ${device.address}`);
    const fn = pciFunction(device);
    const missing = (device.without ?? []).map((file) => `${fn.folder}/${file}`);
    const entries = [...pciFunctionTree(fn, numaNodes), ...sriov(fn, device.sriovTotalVfs)];
    return entries.filter(({ path }) => !missing.includes(path));
  });
}

function pciFunction(spec: PciDeviceSpec): PciFunction {
  return {
    ...pciPlace(spec.address),
    vendor: spec.vendor,
    device: spec.device,
    subsystemVendor: spec.subsystemVendor ?? spec.vendor,
    subsystemDevice: spec.subsystemDevice ?? 0,
    class: spec.class ?? 0x020000,
    revision: 0,
    numaNode: spec.numaNode ?? -1,
    linkSpeed: '8.0 GT/s PCIe',
    linkWidth: 8,
    bar: { start: 0xfe000000, bytes: 0x4000 },
    driver: undefined,
  };
}

function sriov(fn: PciFunction, total: number | undefined): TreeEntry[] {
  if (total === undefined) return [];
  return [valueFile(`${fn.folder}/sriov_totalvfs`, total), valueFile(`${fn.folder}/sriov_numvfs`, 0)];
}
