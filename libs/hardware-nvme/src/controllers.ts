import type { NvmeSnapshot, RawNvmeController, RawNvmeNamespace } from './scan.ts';

/** One NVMe controller. What the host does not say, or says in a way that makes no sense, is absent. */
export interface NvmeController {
  /** Kernel name. Only the serial number tells a disk from another after a reboot. */
  readonly name: string;
  readonly model?: string;
  readonly serial?: string;
  /** Revision of the firmware, up to eight characters. */
  readonly firmware?: string;
  /** `pcie` for a disk in this machine. */
  readonly transport?: string;
  readonly pciAddress?: string;
  /** State of the driver, such as `live`, `resetting` or `dead`. */
  readonly state?: string;
  readonly numaNode?: number;
  /** False for a controller that serves no blocks. */
  readonly servesBlocks: boolean;
  /** PCI ids, four lower-case hex digits. */
  readonly vendorId?: string;
  readonly deviceId?: string;
  /** Of the PCI link, as it is and as both ends could. */
  readonly link?: PciLink;
  readonly maxLink?: PciLink;
  readonly namespaces: readonly NvmeNamespace[];
}

/** One block device of a controller. */
export interface NvmeNamespace {
  readonly name: string;
  readonly nsid?: number;
  readonly wwid?: string;
  /** Absent while the disk is dead. */
  readonly sizeBytes?: bigint;
  readonly logicalBlockBytes?: number;
  readonly readOnly: boolean;
}

/** Speed in GT/s and number of lanes. */
export interface PciLink {
  readonly gigatransfers: number;
  readonly lanes: number;
}

/** /sys/block/X/size counts these, whatever the sectors of the disk are. */
const sectorBytes = 512n;

/** The controllers of a snapshot. Pure. */
export function nvmeControllers({ controllers }: Pick<NvmeSnapshot, 'controllers'>): NvmeController[] {
  return controllers.map(controllerOf);
}

function controllerOf({ name, text, namespaces }: RawNvmeController): NvmeController {
  return {
    name,
    ...present({
      model: plain(text.model, 40),
      serial: plain(text.serial, 20),
      firmware: plain(text.firmware_rev, 8),
      transport: plain(text.transport, 16),
      pciAddress: plain(text.address, 64),
      state: plain(text.state, 32),
      numaNode: whole(text.numa_node),
      vendorId: pciId(text['device/vendor']),
      deviceId: pciId(text['device/device']),
      link: pciLink(text['device/current_link_speed'], text['device/current_link_width']),
      maxLink: pciLink(text['device/max_link_speed'], text['device/max_link_width']),
    }),
    servesBlocks: text.cntrltype === undefined || text.cntrltype === 'io',
    namespaces: namespaces.map(namespaceOf),
  };
}

function namespaceOf({ name, text }: RawNvmeNamespace): NvmeNamespace {
  const sectors = /^\d{1,16}$/.test(text.size ?? '') ? BigInt(text.size ?? '') : undefined;
  return {
    name,
    ...present({
      nsid: whole(text.nsid),
      wwid: plain(text.wwid, 128),
      sizeBytes: sectors === undefined ? undefined : sectors * sectorBytes,
      logicalBlockBytes: whole(text['queue/logical_block_size']),
    }),
    readOnly: text.ro === '1',
  };
}

/** One line of printable text no longer than the field is on the disk. */
function plain(text: string | undefined, max: number): string | undefined {
  return text !== undefined && text.length <= max && /^[\x20-\x7e]+$/.test(text) ? text : undefined;
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function pciId(text: string | undefined): string | undefined {
  return text !== undefined && /^0x[0-9a-fA-F]{4}$/.test(text) ? text.slice(2).toLowerCase() : undefined;
}

/** `16.0 GT/s PCIe` and `4`; a link that is down has no speed. */
function pciLink(speed: string | undefined, width: string | undefined): PciLink | undefined {
  const gigatransfers = Number(/^(\d{1,3}(?:\.\d)?) GT\/s/.exec(speed ?? '')?.[1]);
  const lanes = whole(width);
  return gigatransfers > 0 && lanes !== undefined && lanes > 0 ? { gigatransfers, lanes } : undefined;
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
