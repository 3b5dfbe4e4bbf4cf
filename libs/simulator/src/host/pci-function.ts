import { cpuMask, localCpuList } from './cpus.ts';
import { hex, type PciPlace } from './pci-slots.ts';
import { link, type TreeEntry, textFile, valueFiles } from './tree.ts';

/** What the PCI core knows of one function of a card. */
export interface PciFunction extends PciPlace {
  readonly vendor: number;
  readonly device: number;
  readonly subsystemVendor: number;
  readonly subsystemDevice: number;
  /** Class, subclass and programming interface, e.g. 0x010802 for NVMe. */
  readonly class: number;
  readonly revision: number;
  /** −1 for none. */
  readonly numaNode: number;
  /** As the kernel writes it, e.g. `16.0 GT/s PCIe`. */
  readonly linkSpeed: string;
  readonly linkWidth: number;
  readonly maxLinkSpeed?: string;
  readonly maxLinkWidth?: number;
  /** Start and size of BAR 0. */
  readonly bar: { readonly start: number; readonly bytes: number };
  /** The driver that is bound to it. */
  readonly driver: string | undefined;
}

/** What the PCI core shows of a function, whatever driver is loaded. */
export function pciFunctionTree(fn: PciFunction, numaNodes: number): TreeEntry[] {
  const cpus = localCpuList(fn.numaNode, numaNodes);
  return [
    ...valueFiles(fn.folder, {
      vendor: `0x${hex(fn.vendor, 4)}`,
      device: `0x${hex(fn.device, 4)}`,
      subsystem_vendor: `0x${hex(fn.subsystemVendor, 4)}`,
      subsystem_device: `0x${hex(fn.subsystemDevice, 4)}`,
      class: `0x${hex(fn.class, 6)}`,
      revision: `0x${hex(fn.revision, 2)}`,
      enable: 1,
      numa_node: fn.numaNode,
      local_cpulist: cpus,
      local_cpus: cpuMask(cpus, numaNodes),
      current_link_speed: fn.linkSpeed,
      max_link_speed: fn.maxLinkSpeed ?? fn.linkSpeed,
      current_link_width: fn.linkWidth,
      max_link_width: fn.maxLinkWidth ?? fn.linkWidth,
    }),
    textFile(`${fn.folder}/resource`, resources(fn)),
    { kind: 'sparse' as const, path: `${fn.folder}/resource0`, size: fn.bar.bytes },
    textFile(`${fn.folder}/aer_dev_correctable`, aer(correctable, 'TOTAL_ERR_COR')),
    textFile(`${fn.folder}/aer_dev_nonfatal`, aer(uncorrectable, 'TOTAL_ERR_NONFATAL')),
    textFile(`${fn.folder}/aer_dev_fatal`, aer(uncorrectable, 'TOTAL_ERR_FATAL')),
    textFile(`${fn.folder}/uevent`, pciUevent(fn)),
    link(`/sys/bus/pci/devices/${fn.address}`, `../../../${fn.folder.slice('/sys/'.length)}`),
  ];
}

/** Text of uevent; DRIVER= is there only while a driver is bound. */
export function pciUevent(fn: PciFunction): string {
  const ids = `${hex(fn.vendor, 4)}:${hex(fn.device, 4)}`.toUpperCase();
  const subsystem = `${hex(fn.subsystemVendor, 4)}:${hex(fn.subsystemDevice, 4)}`.toUpperCase();
  return [
    ...(fn.driver === undefined ? [] : [`DRIVER=${fn.driver}`]),
    `PCI_CLASS=${fn.class.toString(16)}`.toUpperCase(),
    `PCI_ID=${ids}`,
    `PCI_SUBSYS_ID=${subsystem}`,
    `PCI_SLOT_NAME=${fn.address}`,
    `MODALIAS=${modalias(fn)}`,
    '',
  ].join('\n');
}

/** What modules are found by, e.g. `pci:v00001987d…bc01sc08i02`. */
export function modalias(fn: PciFunction): string {
  const id = (value: number, digits: number): string => hex(value, digits).toUpperCase();
  return [
    `pci:v${id(fn.vendor, 8)}d${id(fn.device, 8)}`,
    `sv${id(fn.subsystemVendor, 8)}sd${id(fn.subsystemDevice, 8)}`,
    `bc${id(fn.class >> 16, 2)}sc${id((fn.class >> 8) & 0xff, 2)}i${id(fn.class & 0xff, 2)}`,
  ].join('');
}

/** Start, end and flags of BAR 0, and twelve resources the function does not have. */
function resources({ bar }: PciFunction): string {
  const words = [bar.start, bar.start + bar.bytes - 1, 0x14220c].map((word) => `0x${hex(word, 16)}`);
  return `${words.join(' ')}\n${`${new Array(3).fill(`0x${hex(0, 16)}`).join(' ')}\n`.repeat(12)}`;
}

const correctable = 'RxErr BadTLP BadDLLP Rollover Timeout NonFatalErr CorrIntErr HeaderOF'.split(' ');
const uncorrectable =
  'Undefined DLP SDES TLP FCP CmpltTO CmpltAbrt UnxCmplt RxOF MalfTLP ECRC UnsupReq ACSViol UncorrIntErr BlockedTLP AtomicOpBlocked TLPBlockedErr PoisonTLPBlocked'.split(
    ' ',
  );

function aer(names: readonly string[], total: string): string {
  return [...names, total].map((name) => `${name} 0\n`).join('');
}
