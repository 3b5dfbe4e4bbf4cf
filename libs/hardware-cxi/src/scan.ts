import { basename } from 'node:path';
import { type Clock, compareNatural, systemClock } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import type { CxiSnapshot, RawCxiDevice, RawDeviceNode } from './snapshot.ts';

/** The character device has 256 minors (shs-cxi-driver), so no host has more NICs and functions. */
export const maxCxiDevices = 256;

/** Bounds on one scan. */
export interface ScanOptions {
  /** What the budget is measured with; default the machine's clock. */
  readonly clock?: Clock;
  /** Time after which devices not yet read are only named, in milliseconds; default 80. */
  readonly budgetMs?: number;
}

/** Attributes read of every function, by folder below the PCI device (spec §9.2). */
const attributes: Readonly<Record<string, readonly string[]>> = {
  '': ['vendor', 'device', 'numa_node', 'local_cpulist', 'enable', 'resource', 'uevent'],
  properties: [
    'nid',
    'speed',
    'link',
    'cassini_version',
    'driver_rev',
    'rgids_avail',
    'pct_eq',
    'pcie_corr_err',
    'pcie_uncorr_err',
  ],
  port: ['speed', 'link'],
  'port/0/link': ['speed', 'state'],
  uc: ['qspi_blob_version'],
  fru: ['part_number', 'serial_number'],
  link_restarts: Array.from({ length: 10 }, (_, i) => `time_${i}`),
};

/**
 * Reads every entry of the class folder `cxi`. Holds text only and decides
 * nothing: `cxiDevices` does. Whatever the tree holds, it does not throw, reads
 * nothing outside the root and ends within its budget; what it had no time for
 * is named in the device's `problems`.
 */
export function scanCxi(files: HostReader, options: ScanOptions = {}): CxiSnapshot {
  const clock = options.clock ?? systemClock;
  const end = clock.monotonic() + (options.budgetMs ?? 80);
  const reader = new BudgetReader(files, () => clock.monotonic() < end);
  return { devices: cxiNames(files).map((name) => readDevice(reader, name)) };
}

/** The device names in the class folder, in natural order. Other names are left out. */
export function cxiNames(files: HostReader): string[] {
  return files
    .list(files.root.sys('class', 'cxi'))
    .filter((name) => /^cxi\d{1,6}$/.test(name))
    .sort(compareNatural)
    .slice(0, maxCxiDevices);
}

/** Reads while time is left, then gives nothing. */
class BudgetReader {
  readonly files: HostReader;
  readonly #timeLeft: () => boolean;
  exhausted = false;

  constructor(files: HostReader, timeLeft: () => boolean) {
    this.files = files;
    this.#timeLeft = timeLeft;
  }

  try<T>(read: (files: HostReader) => T): T | undefined {
    if (!this.exhausted && this.#timeLeft()) return read(this.files);
    this.exhausted = true;
    return undefined;
  }
}

function readDevice(reader: BudgetReader, name: string): RawCxiDevice {
  const { root } = reader.files;
  const devNode = readDeviceNode(reader, name);
  const entry = root.sys('class', 'cxi', name, 'device');
  const folder = reader.try((files) => files.resolve(entry));
  if (folder === undefined) {
    const why = reader.exhausted ? 'scan budget used up before it was read' : 'device: leads nowhere';
    return { name, text: {}, netdevs: [], devNode, problems: [why] };
  }
  const physfn = reader.try((files) => files.readLink(`${folder}/physfn`));
  const bar0 = reader.try((files) => files.stat(`${folder}/resource0`));
  const netdevs = reader.try((files) => files.list(`${folder}/net`))?.sort(compareNatural) ?? [];
  const text = readAttributes(reader, folder, netdevs[0]);
  return {
    name,
    folder,
    text,
    ...(bar0?.isFile() && { bar0Bytes: bar0.size }),
    ...(physfn !== undefined && { physicalFunction: basename(physfn) }),
    netdevs,
    devNode,
    problems: reader.exhausted ? ['scan budget used up before all of it was read'] : [],
  };
}

function readAttributes(reader: BudgetReader, folder: string, netdev?: string): Record<string, string> {
  const text: Record<string, string> = {};
  for (const [part, names] of Object.entries(attributes)) {
    const where = part === '' ? folder : `${folder}/${part}`;
    if (part !== '' && !reader.try((files) => files.exists(where))) continue;
    for (const name of names) {
      const value = reader.try((files) => files.readTrimmed(`${where}/${name}`));
      if (value !== undefined) text[part === '' ? name : `${part}/${name}`] = value;
    }
  }
  const mac = netdev && reader.try((files) => files.readTrimmed(`${folder}/net/${netdev}/address`));
  if (mac) text['net/address'] = mac;
  return text;
}

/**
 * Where the host's /dev is not mounted (the exporter has no use for it), the
 * class `cxi_user` stands in: the kernel makes the node with that entry.
 */
function readDeviceNode(reader: BudgetReader, name: string): RawDeviceNode {
  const { root } = reader.files;
  const path = root.dev(name);
  const stat = reader.try((files) => files.stat(path));
  if (stat?.isCharacterDevice()) return { path, present: true, rdev: stat.rdev };
  if (stat !== undefined) return { path, present: stat.isFile() };
  const present = reader.try(
    (files) => !files.exists(root.dev()) && files.exists(root.sys('class', 'cxi_user', name)),
  );
  return { path, present: present ?? false };
}
