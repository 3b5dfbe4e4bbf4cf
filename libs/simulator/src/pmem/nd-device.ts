import { linkTo, type TreeEntry, textFile, valueFile, valueFiles } from '../host/tree.ts';
import type { PmemRegion } from './region.ts';

/** One object of the NVDIMM bus. */
export interface NdDevice {
  readonly name: string;
  /** Absolute host path of its folder. */
  readonly folder: string;
  readonly devtype: string;
  /** The N of its modalias `nd:tN`. */
  readonly type: number;
  readonly driver: string | undefined;
  readonly values: Readonly<Record<string, string | number | undefined>>;
  /** What stands before the rest in its uevent. */
  readonly node?: string;
}

/** What every object of the bus has, and its values; those that cannot be read are not there. */
export function ndDeviceTree(device: NdDevice): TreeEntry[] {
  const { folder, driver } = device;
  const readable = Object.entries(device.values).filter(([, value]) => value !== undefined);
  return [
    ...valueFiles(folder, Object.fromEntries(readable) as Record<string, string | number>),
    valueFile(`${folder}/devtype`, device.devtype),
    valueFile(`${folder}/modalias`, `nd:t${device.type}`),
    textFile(`${folder}/uevent`, uevent(device)),
    linkTo(`${folder}/subsystem`, '/sys/bus/nd'),
    ...(driver === undefined ? [] : [linkTo(`${folder}/driver`, `/sys/bus/nd/drivers/${driver}`)]),
    linkTo(`/sys/bus/nd/devices/${device.name}`, folder),
  ];
}

function uevent({ devtype, driver, type, node = '' }: NdDevice): string {
  return `${node}DEVTYPE=${devtype}\n${driver === undefined ? '' : `DRIVER=${driver}\n`}MODALIAS=nd:t${type}\n`;
}

export function busFolder(bus: number): string {
  return `/sys/devices/LNXSYSTM:00/LNXSYBUS:00/ACPI0012:${String(bus).padStart(2, '0')}/ndbus${bus}`;
}

export function regionFolder({ bus, id }: PmemRegion): string {
  return `${busFolder(bus)}/region${id}`;
}

export function nodeValues({ numaNode }: PmemRegion): { numa_node: number; target_node: number } {
  return { numa_node: numaNode, target_node: Math.max(numaNode, 0) };
}

export function hexValue(value: number): string {
  return `0x${value.toString(16)}`;
}
