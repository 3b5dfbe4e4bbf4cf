import { basename, join } from 'node:path';
import { type Clock, compareNatural, systemClock } from '@rackwright/core';
import type { HostReader, HostRoot } from '@rackwright/host';
import { readDeviceNode } from './device-node.ts';
import type { CxiSnapshot, RawCxiDevice } from './snapshot.ts';

/** The character device has 256 minors (shs-cxi-driver), so no host has more functions. */
export const maxCxiDevices = 256;

/** Bounds on one scan. */
export interface ScanOptions {
  /**
   * Processor time after which devices not yet read are only named, in
   * milliseconds; default 60. Not wall time: a throttled container is slow, its
   * host is not hostile.
   */
  readonly budgetMs?: number;
  /** The same for wall time, which firmware that does not answer can use up; default 1000. */
  readonly wallMs?: number;
  /** What wall time is measured with; default the machine's clock. */
  readonly clock?: Clock;
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

/** The same with each file's path below the device, for a scan asks for every one of every device. */
const attributeFolders = Object.entries(attributes).map(([part, names]) => ({
  part,
  files: names.map((name) => (part === '' ? name : `${part}/${name}`)),
}));

/**
 * Reads every entry of the class folder `cxi`. Holds text only and decides
 * nothing: `cxiDevices` does. Whatever the tree holds, it does not throw, reads
 * nothing outside the root and ends within its budget; what it had no time for
 * is named in the device's `problems`.
 */
export function scanCxi(files: HostReader, options: ScanOptions = {}): CxiSnapshot {
  const clock = options.clock ?? systemClock;
  const end = clock.monotonic() + (options.wallMs ?? 1000);
  const processorEnd = processorMs() + (options.budgetMs ?? 60);
  const budget = new Budget(files, () => processorMs() < processorEnd && clock.monotonic() < end);
  return files.batch(() => {
    const entries = cxiNames(files);
    const devices = entries.map((name) => readDevice(budget, name)).filter((raw) => raw !== undefined);
    return { entries, devices, complete: !budget.exhausted };
  });
}

/** Processor time of this thread so far. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
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
class Budget {
  exhausted = false;
  #reads = 0;
  readonly #files: HostReader;
  readonly #timeLeft: () => boolean;

  constructor(files: HostReader, timeLeft: () => boolean) {
    this.#files = files;
    this.#timeLeft = timeLeft;
  }

  get root(): HostRoot {
    return this.#files.root;
  }

  try<T>(read: (files: HostReader) => T): T | undefined {
    // Asking for the time costs as much as a read, and a single read is bounded.
    if (!this.exhausted && this.#reads++ % 8 === 0) this.exhausted = !this.#timeLeft();
    return this.exhausted ? undefined : read(this.#files);
  }
}

function readDevice(budget: Budget, name: string): RawCxiDevice | undefined {
  const entry = budget.root.sys('class', 'cxi', name);
  const folder = budget.try((files) => files.resolve(join(entry, 'device')));
  if (folder === undefined && budget.try((files) => isPlainFile(files, entry))) return undefined;
  const devNode = budget.try((files) => readDeviceNode(files, name)) ?? {
    path: budget.root.dev(name),
    present: false,
  };
  const facts = folder === undefined ? { text: {}, netdevs: [] } : readFolder(budget, folder);
  const problems = budget.exhausted ? ['not read in full: the time for one scan was used up'] : [];
  if (folder === undefined && !budget.exhausted) problems.push('device: leads nowhere');
  return { name, ...(folder !== undefined && { folder }), ...facts, devNode, problems };
}

/** The class folder may hold files; devices are links there, or folders on a simulated host. */
function isPlainFile(files: HostReader, entry: string): boolean {
  return files.readLink(entry) === undefined && files.stat(entry)?.isDirectory() !== true;
}

function readFolder(
  budget: Budget,
  folder: string,
): Pick<RawCxiDevice, 'text' | 'bar0Bytes' | 'physicalFunction' | 'netdevs'> {
  const physfn = budget.try((files) => files.readLink(`${folder}/physfn`));
  const bar0 = budget.try((files) => files.stat(`${folder}/resource0`));
  const netdevs = budget.try((files) => files.list(`${folder}/net`))?.sort(compareNatural) ?? [];
  const text = readAttributes(budget, folder);
  const [netdev] = netdevs;
  const mac = netdev && budget.try((files) => files.readTrimmed(`${folder}/net/${netdev}/address`));
  if (mac) text['net/address'] = mac;
  return {
    text,
    ...(bar0?.isFile() && { bar0Bytes: bar0.size }),
    ...(physfn !== undefined && { physicalFunction: basename(physfn) }),
    netdevs,
  };
}

function readAttributes(budget: Budget, folder: string): Record<string, string> {
  const text: Record<string, string> = {};
  for (const { part, files: names } of attributeFolders) {
    // Virtual functions lack most folders: one look instead of ten.
    if (part !== '' && !budget.try((files) => files.exists(`${folder}/${part}`))) continue;
    for (const name of names) {
      const value = budget.try((files) => files.readTrimmed(`${folder}/${name}`));
      if (value !== undefined) text[name] = value;
    }
  }
  return text;
}
