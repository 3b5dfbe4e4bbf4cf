import { basename, join } from 'node:path';
import { type Clock, compareNatural, systemClock } from '@rackwright/core';
import { type HostReader, type HostRoot, ifReadable, type ReadFailure } from '@rackwright/host';
import { readDeviceNode } from './device-node.ts';
import type { CxiFact, CxiSnapshot, RawCxiDevice } from './snapshot.ts';

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
  /** Names of devices seen before, which are looked for where the class folder cannot be listed. */
  readonly known?: readonly string[];
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

/** The same with each file's path below the device, made once because every scan reads all of them. */
const attributeFolders = Object.entries(attributes).map(([part, names]) => ({
  part,
  files: names.map((name) => (part === '' ? name : `${part}/${name}`)),
}));

/**
 * Reads every entry of the class folder `cxi`. Holds text only and decides
 * nothing: `cxiDevices` does. Whatever the tree holds, it does not throw, reads
 * nothing outside the root and ends within its budget; what it could not read,
 * or had no time for, is in `unlisted` and in the devices' `unread`.
 */
export function scanCxi(files: HostReader, options: ScanOptions = {}): CxiSnapshot {
  const clock = options.clock ?? systemClock;
  const end = clock.monotonic() + (options.wallMs ?? 1000);
  const processorEnd = processorMs() + (options.budgetMs ?? 60);
  const budget = new Budget(files, () => processorMs() < processorEnd && clock.monotonic() < end);
  return files.batch(() => {
    let unlisted: ReadFailure | undefined;
    const listed = ifReadable(
      undefined,
      () => cxiNames(files),
      (failure) => {
        unlisted = failure;
      },
    );
    const entries = listed ?? (options.known ?? []).filter((name) => !isGone(files, name));
    const devices = entries.flatMap((name) => new DeviceReader(budget, name).read() ?? []);
    return { entries, devices, complete: !budget.exhausted, ...(unlisted && { unlisted }) };
  });
}

/** Whether a device that was there is known not to be there any more. */
function isGone(files: HostReader, name: string): boolean {
  const entry = files.root.sys('class', 'cxi', name);
  return ifReadable(false, () => files.readLink(entry) === undefined && !files.exists(entry));
}

/** The code of what there was no time to read; no call of a file system fails with it. */
export const outOfTime = 'ETIME';

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

/** Reads while time is left. */
class Budget {
  exhausted = false;
  #reads = 0;
  readonly files: HostReader;
  readonly #timeLeft: () => boolean;

  constructor(files: HostReader, timeLeft: () => boolean) {
    this.files = files;
    this.#timeLeft = timeLeft;
  }

  get root(): HostRoot {
    return this.files.root;
  }

  /** Asking for the time costs as much as a read, and a single read is bounded. */
  spend(): boolean {
    if (!this.exhausted && this.#reads++ % 8 === 0) this.exhausted = !this.#timeLeft();
    return !this.exhausted;
  }
}

/** Reads the facts of one device and notes each that cannot be read. */
class DeviceReader {
  readonly #budget: Budget;
  readonly #name: string;
  readonly #entry: string;
  readonly #unread = new Map<CxiFact, ReadFailure>();

  constructor(budget: Budget, name: string) {
    this.#budget = budget;
    this.#name = name;
    this.#entry = budget.root.sys('class', 'cxi', name);
  }

  /** Undefined for an entry that is no device. */
  read(): RawCxiDevice | undefined {
    const link = join(this.#entry, 'device');
    const folder = this.#try('folder', link, (files) => files.resolve(link));
    const leadsNowhere = folder === undefined && !this.#unread.has('folder');
    if (leadsNowhere && this.#try('folder', this.#entry, (files) => isPlainFile(files, this.#entry)))
      return undefined;
    const path = this.#budget.root.dev(this.#name);
    const devNode = this.#try('devNode', path, (files) => readDeviceNode(files, this.#name));
    return {
      name: this.#name,
      ...(folder !== undefined && { folder }),
      ...(folder === undefined ? { text: {}, netdevs: [] } : this.#readFolder(folder)),
      devNode: devNode ?? { path, present: false },
      unread: this.#unread,
      stale: [],
      problems: leadsNowhere && !this.#unread.has('folder') ? ['device: leads nowhere'] : [],
    };
  }

  #try<T>(fact: CxiFact, path: string, look: (files: HostReader) => T): T | undefined {
    const { files } = this.#budget;
    if (this.#budget.spend()) {
      return ifReadable(
        undefined,
        () => look(files),
        (failure) => this.#unread.set(fact, failure),
      );
    }
    this.#unread.set(fact, { path, code: outOfTime });
    return undefined;
  }

  #readFolder(folder: string): Pick<RawCxiDevice, 'text' | 'bar0Bytes' | 'physicalFunction' | 'netdevs'> {
    const at = (name: string): string => `${folder}/${name}`;
    const physfn = this.#try('physicalFunction', at('physfn'), (files) => files.readLink(at('physfn')));
    const bar0 = this.#try('bar0Bytes', at('resource0'), (files) => files.stat(at('resource0')));
    const netdevs = this.#try('netdevs', at('net'), (files) => files.list(at('net'))) ?? [];
    const text = this.#readAttributes(folder);
    const [netdev] = netdevs.sort(compareNatural);
    const unlisted = this.#unread.get('netdevs');
    if (unlisted !== undefined) this.#unread.set('net/address', unlisted);
    if (netdev !== undefined) this.#readText(text, 'net/address', at(`net/${netdev}/address`));
    return {
      text,
      ...(bar0?.isFile() && { bar0Bytes: bar0.size }),
      ...(physfn !== undefined && { physicalFunction: basename(physfn) }),
      netdevs,
    };
  }

  #readAttributes(folder: string): Record<string, string> {
    const text: Record<string, string> = {};
    for (const { part, files: names } of attributeFolders) {
      // Virtual functions lack most folders: one look instead of ten.
      const there = part === '' || this.#try(part, folder, (files) => files.exists(`${folder}/${part}`));
      if (there === false) continue;
      for (const name of names) this.#readText(text, name, `${folder}/${name}`);
      this.#unread.delete(part);
    }
    return text;
  }

  #readText(text: Record<string, string>, name: CxiFact, path: string): void {
    const value = this.#try(name, path, (files) => files.readTrimmed(path));
    if (value !== undefined) text[name] = value;
  }
}

/** The class folder may hold files; devices are links there, or folders on a simulated host. */
function isPlainFile(files: HostReader, entry: string): boolean {
  return files.readLink(entry) === undefined && files.stat(entry)?.isDirectory() !== true;
}
