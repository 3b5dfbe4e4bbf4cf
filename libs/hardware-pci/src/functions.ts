import { parsePciClass, parsePciId } from './parse.ts';
import type { PciSnapshot, RawPciFunction } from './scan.ts';

/** One function on the PCI bus. */
export interface PciFunction {
  /** `dddd:bb:dd.f`. */
  readonly address: string;
  /** Ids of the function itself, not of the subsystem: four lower-case hex digits. */
  readonly vendorId: string;
  readonly deviceId: string;
  /** Class and subclass, four lower-case hex digits, `0108` for NVMe; absent when it makes no sense. */
  readonly classId?: string;
  /** Absent when the platform knows none. */
  readonly numaNode?: number;
  readonly kind: 'pf' | 'vf';
  /** Whether it can have virtual functions. */
  readonly sriovCapable: boolean;
}

/** The functions of a snapshot. One without a vendor or a device id is left out. Pure. */
export function pciFunctions({ functions }: Pick<PciSnapshot, 'functions'>): PciFunction[] {
  return functions.flatMap((raw) => functionOf(raw) ?? []);
}

function functionOf(raw: RawPciFunction): PciFunction | undefined {
  const { address, text, hasPhysicalFunction, hasTotalVfs } = raw;
  const vendorId = parsePciId(text.vendor ?? '');
  const deviceId = parsePciId(text.device ?? '');
  if (vendorId === undefined || deviceId === undefined) return undefined;
  const classId = parsePciClass(text.class ?? '');
  const node = text.numa_node ?? '';
  return {
    ...{ address, vendorId, deviceId },
    ...(classId !== undefined && { classId }),
    ...(/^\d{1,4}$/.test(node) && { numaNode: Number(node) }),
    kind: hasPhysicalFunction ? 'vf' : 'pf',
    sriovCapable: hasTotalVfs,
  };
}
