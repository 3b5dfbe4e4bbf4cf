import { type PciFunction, pciFunctionTree, pciUevent } from '../host/pci-function.ts';
import { link, type TreeEntry, valueFile } from '../host/tree.ts';
import { barSize, type NicFunction, pciIds } from './nic.ts';

/** What the PCI core shows of a function, whatever driver is loaded. */
export function pciTree(nic: NicFunction, numaNodes: number): TreeEntry[] {
  const entries = pciFunctionTree(pciFunction(nic, true), numaNodes);
  return nic.kind === 'pf' ? [...entries, ...physicalFunction(nic)] : entries;
}

/** The links between a physical function and one of its virtual ones. */
export function virtualFunctionLinks(pf: NicFunction, vf: NicFunction): TreeEntry[] {
  return [
    link(`${pf.folder}/virtfn${vf.vfIndex ?? 0}`, `../${vf.pciAddress}`),
    link(`${vf.folder}/physfn`, `../${pf.pciAddress}`),
  ];
}

/** Text of device/uevent; DRIVER= is there only while a driver is bound. */
export function uevent(nic: NicFunction, bound = true): string {
  return pciUevent(pciFunction(nic, bound));
}

function pciFunction(nic: NicFunction, bound: boolean): PciFunction {
  const { vendor, device } = pciIds(nic);
  const start = 0x20_0000_0000 + nic.slot * 2 ** 33 + ((nic.vfIndex ?? -1) + 1) * 2 ** 25;
  return {
    address: nic.pciAddress,
    folder: nic.folder,
    vendor,
    device,
    subsystemVendor: vendor,
    subsystemDevice: 0,
    class: 0x020000,
    revision: nic.generation === 1 ? 2 : 0,
    numaNode: nic.numaNode,
    linkSpeed: nic.generation === 1 ? '16.0 GT/s PCIe' : '32.0 GT/s PCIe',
    linkWidth: 16,
    bar: { start, bytes: barSize(nic) },
    driver: bound ? 'cxi_ss1' : undefined,
  };
}

function physicalFunction(nic: NicFunction): TreeEntry[] {
  return [
    valueFile(`${nic.folder}/sriov_totalvfs`, 64),
    valueFile(`${nic.folder}/sriov_numvfs`, nic.spec.vfs ?? 0),
    valueFile(`${nic.folder}/sriov_drivers_autoprobe`, 1),
  ];
}
