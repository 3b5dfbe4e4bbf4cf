import { cpuMask, localCpuList } from './cpus.ts';
import { barSize, hex, type NicFunction, pciIds } from './nic.ts';
import { link, type TreeEntry, textFile, valueFile, valueFiles } from './tree.ts';

/** What the PCI core shows of a function, whatever driver is loaded. */
export function pciTree(nic: NicFunction, numaNodes: number): TreeEntry[] {
  const ids = pciIds(nic);
  const cpus = localCpuList(nic.numaNode, numaNodes);
  const speed = nic.generation === 1 ? '16.0 GT/s PCIe' : '32.0 GT/s PCIe';
  const entries = [
    ...valueFiles(nic.folder, {
      vendor: `0x${hex(ids.vendor, 4)}`,
      device: `0x${hex(ids.device, 4)}`,
      subsystem_vendor: `0x${hex(ids.vendor, 4)}`,
      subsystem_device: '0x0000',
      class: '0x020000',
      revision: nic.generation === 1 ? '0x02' : '0x00',
      enable: 1,
      numa_node: nic.numaNode,
      local_cpulist: cpus,
      local_cpus: cpuMask(cpus, numaNodes),
      current_link_speed: speed,
      max_link_speed: speed,
      current_link_width: 16,
      max_link_width: 16,
    }),
    textFile(`${nic.folder}/resource`, resources(nic)),
    { kind: 'sparse' as const, path: `${nic.folder}/resource0`, size: barSize(nic) },
    textFile(`${nic.folder}/aer_dev_correctable`, aer(correctable, 'TOTAL_ERR_COR')),
    textFile(`${nic.folder}/aer_dev_nonfatal`, aer(uncorrectable, 'TOTAL_ERR_NONFATAL')),
    textFile(`${nic.folder}/aer_dev_fatal`, aer(uncorrectable, 'TOTAL_ERR_FATAL')),
    textFile(`${nic.folder}/uevent`, uevent(nic)),
    link(`/sys/bus/pci/devices/${nic.pciAddress}`, `../../../${nic.folder.slice('/sys/'.length)}`),
  ];
  if (nic.kind === 'pf') entries.push(...physicalFunction(nic));
  return entries;
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
  const ids = pciIds(nic);
  const id = `${hex(ids.vendor, 4)}:${hex(ids.device, 4)}`.toUpperCase();
  const [vendor, device] = id.split(':');
  return [
    ...(bound ? ['DRIVER=cxi_ss1'] : []),
    'PCI_CLASS=20000',
    `PCI_ID=${id}`,
    `PCI_SUBSYS_ID=${vendor}:0000`,
    `PCI_SLOT_NAME=${nic.pciAddress}`,
    `MODALIAS=pci:v0000${vendor}d0000${device}sv0000${vendor}sd00000000bc02sc00i00`,
    '',
  ].join('\n');
}

/** Start, end and flags of BAR 0, and twelve resources the function does not have. */
function resources(nic: NicFunction): string {
  const start = 0x20_0000_0000 + nic.slot * 2 ** 33 + ((nic.vfIndex ?? -1) + 1) * 2 ** 25;
  const words = [start, start + barSize(nic) - 1, 0x14220c].map((word) => `0x${hex(word, 16)}`);
  return `${words.join(' ')}\n${`${new Array(3).fill(`0x${hex(0, 16)}`).join(' ')}\n`.repeat(12)}`;
}

function physicalFunction(nic: NicFunction): TreeEntry[] {
  return [
    valueFile(`${nic.folder}/sriov_totalvfs`, 64),
    valueFile(`${nic.folder}/sriov_numvfs`, nic.spec.vfs ?? 0),
    valueFile(`${nic.folder}/sriov_drivers_autoprobe`, 1),
  ];
}

const correctable = 'RxErr BadTLP BadDLLP Rollover Timeout NonFatalErr CorrIntErr HeaderOF'.split(' ');
const uncorrectable =
  'Undefined DLP SDES TLP FCP CmpltTO CmpltAbrt UnxCmplt RxOF MalfTLP ECRC UnsupReq ACSViol UncorrIntErr BlockedTLP AtomicOpBlocked TLPBlockedErr PoisonTLPBlocked'.split(
    ' ',
  );

function aer(names: readonly string[], total: string): string {
  return [...names, total].map((name) => `${name} 0\n`).join('');
}
