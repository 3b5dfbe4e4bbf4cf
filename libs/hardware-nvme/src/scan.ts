import { compareNatural } from '@rackwright/core';
import { type HostReader, NotingReader, type ReadFailure } from '@rackwright/host';

/** What one look at the NVMe controllers read, as text: the input of `nvmeControllers`. */
export interface NvmeSnapshot {
  /** In natural order of their names. */
  readonly controllers: readonly RawNvmeController[];
  /** What could not be read. */
  readonly unread: readonly ReadFailure[];
}

/** The raw facts of one entry of /sys/class/nvme. */
export interface RawNvmeController {
  /** `nvme0`; the number may be another after a reboot. */
  readonly name: string;
  /** Trimmed content by path below the controller; files that are missing or empty are left out. */
  readonly text: Readonly<Record<string, string>>;
  readonly namespaces: readonly RawNvmeNamespace[];
}

/** The raw facts of one block device of a controller. */
export interface RawNvmeNamespace {
  /** Name in /sys/block; with multipath that of the device above the paths. */
  readonly name: string;
  readonly text: Readonly<Record<string, string>>;
}

/** Most controllers, and namespaces of one, that are looked at. */
export const maxControllers = 256;
const maxNamespaces = 128;

const controllerFiles = [
  'model',
  'serial',
  'firmware_rev',
  'transport',
  'address',
  'state',
  'numa_node',
  'cntrltype',
  'device/vendor',
  'device/device',
  'device/current_link_speed',
  'device/current_link_width',
  'device/max_link_speed',
  'device/max_link_width',
];

const namespaceFiles = ['size', 'nsid', 'wwid', 'ro', 'queue/logical_block_size'];

/** Reads every NVMe controller. No admin command is issued, decides nothing, does not throw. */
export function scanNvme(files: HostReader): NvmeSnapshot {
  const reader = new NotingReader(files);
  const folder = files.root.sys('class', 'nvme');
  const isController = (name: string): boolean => /^nvme\d{1,6}$/.test(name);
  return files.batch(() => ({
    controllers: reader.names(folder, isController, compareNatural, maxControllers).map((name) => ({
      name,
      text: reader.texts(`${folder}/${name}`, controllerFiles),
      namespaces: readNamespaces(reader, `${folder}/${name}`),
    })),
    unread: reader.failures,
  }));
}

function readNamespaces(reader: NotingReader, controller: string): RawNvmeNamespace[] {
  const isNamespace = (name: string): boolean => blockDevice(name) !== undefined;
  const block = reader.files.root.sys('block');
  const names = reader.names(controller, isNamespace, compareNatural, maxNamespaces);
  return names.flatMap((name) => {
    const device = blockDevice(name) ?? name;
    return { name: device, text: reader.texts(`${block}/${device}`, namespaceFiles) };
  });
}

/**
 * The block device of an entry below a controller: `nvme1n1` is one itself,
 * `nvme1c2n1` is a path of controller 2 to `nvme1n1`. Undefined for anything else.
 */
function blockDevice(entry: string): string | undefined {
  const parts = /^(nvme\d{1,6})(?:c\d{1,6})?(n\d{1,6})$/.exec(entry);
  return parts === null ? undefined : `${parts[1]}${parts[2]}`;
}
