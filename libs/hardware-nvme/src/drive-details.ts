import { compareText } from '@rackwright/core';
import { type HostReader, ifReadable, NotingReader } from '@rackwright/host';
import type { NvmeController } from './controllers.ts';

/** What only metrics tell of a drive. Reading it issues no admin command. */
export interface DriveDetails {
  /** `ng0n1`, the character device of the first namespace. */
  readonly genericName?: string;
  readonly subsystemVendorId?: string;
  /** The device sleeps to save power; a command would wake it. */
  readonly runtimeSuspended: boolean;
  readonly namespaces: readonly NamespaceUse[];
}

/** Work a namespace has done since the host started. */
export interface NamespaceUse {
  readonly name: string;
  readonly readsCompleted: bigint;
  readonly readBytes: bigint;
  readonly writesCompleted: bigint;
  readonly writtenBytes: bigint;
  readonly ioMilliseconds: bigint;
}

/** Counts of /sys/block/X/stat are in these, whatever the sectors of the disk are. */
const sectorBytes = 512n;

/** Reads the details of a drive; what the host does not say is absent. Does not throw. */
export function readDriveDetails(files: HostReader, { name, namespaces }: NvmeController): DriveDetails {
  const reader = new NotingReader(files);
  const { root } = files;
  const device = root.sys('class', 'nvme', name, 'device');
  return files.batch(() => {
    const { subsystem_vendor: vendor = '' } = reader.texts(device, ['subsystem_vendor']);
    const { runtime_status: power } = reader.texts(`${device}/power`, ['runtime_status']);
    const generic = namespaces[0]?.name.replace(/^nvme/, 'ng') ?? '';
    const hasGeneric =
      generic !== '' && ifReadable(false, () => files.exists(root.sys('class', 'nvme-generic', generic)));
    return {
      ...(hasGeneric && { genericName: generic }),
      ...(/^0x[0-9a-fA-F]{4}$/.test(vendor) && { subsystemVendorId: vendor.slice(2).toLowerCase() }),
      runtimeSuspended: power === 'suspended',
      namespaces: namespaces.flatMap((namespace) => {
        const { stat } = reader.texts(root.sys('block', namespace.name), ['stat']);
        return blockUse(namespace.name, stat) ?? [];
      }),
    };
  });
}

/** The fields of block/stat (kernel documentation, block/stat). */
function blockUse(name: string, stat = ''): NamespaceUse | undefined {
  const fields = stat.trim().split(/\s+/);
  if (fields.length < 11 || !fields.every((field) => /^\d{1,20}$/.test(field))) return undefined;
  const field = (place: number): bigint => BigInt(fields[place] ?? 0);
  return {
    name,
    readsCompleted: field(0),
    readBytes: field(2) * sectorBytes,
    writesCompleted: field(4),
    writtenBytes: field(6) * sectorBytes,
    ioMilliseconds: field(9),
  };
}

/**
 * The temperature of hwmon in degrees Celsius. The driver reads the SMART log for it:
 * never beside a read of that log, only where there is no tool for it. Does not throw.
 */
export function readHwmonCelsius(files: HostReader, { name }: NvmeController): number | undefined {
  const reader = new NotingReader(files);
  const folder = files.root.sys('class', 'nvme', name);
  for (const place of [folder, `${folder}/device`, `${folder}/device/hwmon`]) {
    const [hwmon] = reader.names(place, (entry) => /^hwmon\d+$/.test(entry), compareText, 1);
    if (hwmon === undefined) continue;
    const { temp1_input: text = '' } = reader.texts(`${place}/${hwmon}`, ['temp1_input']);
    if (/^-?\d{1,7}$/.test(text)) return Number(text) / 1000;
  }
  return undefined;
}
