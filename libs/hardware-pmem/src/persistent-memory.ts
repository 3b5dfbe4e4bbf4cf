import type { PmemSnapshot, RawNdDevice } from './scan.ts';

/** The persistent memory of one host. */
export interface PersistentMemory {
  /** Whether there is any device of libnvdimm at all, such as an NVDIMM without a region. */
  readonly hasDevice: boolean;
  /** Whether there is a device-dax instance, be it an unused one. */
  readonly hasDeviceDax: boolean;
  /** Regions of persistent memory; volatile ones are none. */
  readonly regions: readonly PmemRegion[];
  /** Namespaces that hold something; the empty ones the kernel keeps ready are left out. */
  readonly namespaces: readonly PmemNamespace[];
}

/** A range of persistent memory that namespaces are made from. */
export interface PmemRegion {
  readonly name: string;
  readonly sizeBytes: bigint;
  readonly availableBytes: bigint;
  readonly numaNode?: number;
  readonly readOnly: boolean;
  /** What survives a loss of power, such as `memory_controller`. */
  readonly persistenceDomain?: string;
}

/** How a namespace is used, in the words of ndctl. */
export type PmemMode = 'raw' | 'fsdax' | 'devdax' | 'sector';

/** A part of a region that is a device. */
export interface PmemNamespace {
  readonly name: string;
  readonly mode: PmemMode;
  readonly sizeBytes: bigint;
}

/** What the kernel writes into `mode`, by what ndctl calls it. */
const modes: ReadonlyMap<string, PmemMode> = new Map([
  ['raw', 'raw'],
  ['memory', 'fsdax'],
  ['dax', 'devdax'],
  ['safe', 'sector'],
]);

/** The persistent memory of a snapshot. Pure. */
export function persistentMemory({ devices }: Pick<PmemSnapshot, 'devices'>): PersistentMemory {
  const regions = devices.flatMap((device) => regionOf(device) ?? []);
  const persistent = new Set(regions.map(({ name }) => name));
  return {
    hasDevice: devices.length > 0,
    hasDeviceDax: devices.some(({ text }) => text.devtype === 'nd_dax'),
    regions,
    namespaces: devices
      .flatMap((device) => namespaceOf(device) ?? [])
      .filter(({ name }) => persistent.has(regionOfNamespace(name))),
  };
}

function regionOf({ name, text }: RawNdDevice): PmemRegion | undefined {
  if (!name.startsWith('region') || text.devtype !== 'nd_pmem') return undefined;
  const node = text.numa_node ?? '';
  return {
    name,
    sizeBytes: bytes(text.size) ?? 0n,
    availableBytes: bytes(text.available_size) ?? 0n,
    ...(/^\d{1,4}$/.test(node) && { numaNode: Number(node) }),
    readOnly: text.read_only === '1',
    ...(/^[a-z_]{1,32}$/.test(text.persistence_domain ?? '') && {
      persistenceDomain: text.persistence_domain ?? '',
    }),
  };
}

function namespaceOf({ name, text }: RawNdDevice): PmemNamespace | undefined {
  const mode = modes.get(text.mode ?? '');
  const sizeBytes = bytes(text.size) ?? 0n;
  return name.startsWith('namespace') && mode !== undefined && sizeBytes > 0n
    ? { name, mode, sizeBytes }
    : undefined;
}

/** `namespace0.1` is the second of `region0`. */
function regionOfNamespace(name: string): string {
  return name.replace(/^namespace(\d+)\..*$/, 'region$1');
}

/** A length the kernel wrote; an address space has no more than 20 digits of it. */
function bytes(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}
