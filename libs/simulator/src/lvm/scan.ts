import type { HostRoot } from '@rackwright/host';
import { allDisks, type HostDisk, readDisk, writeDisk } from '../disks/host-disk.ts';
import type { Group, GroupPv } from './group.ts';
import { decodeLabel, encodeLabel, LABEL_BYTES, type PvLabel } from './label.ts';
import { formatGroup, parseGroup } from './metadata-text.ts';

/** A disk that is a physical volume. */
export interface FoundPv {
  readonly disk: HostDisk;
  readonly label: PvLabel;
}

/** What LVM finds on the disks of a host. */
export interface Scan {
  readonly pvs: readonly FoundPv[];
  /** Disks that say to be a physical volume that another one is already. */
  readonly duplicates: readonly FoundPv[];
  /** By name. */
  readonly groups: readonly Group[];
}

/** Reads every disk; volumes of the device mapper are none of LVM's. */
export function scanDisks(root: HostRoot): Scan {
  const pvs: FoundPv[] = [];
  const duplicates: FoundPv[] = [];
  const groups = new Map<string, Group>();
  for (const disk of allDisks(root)) {
    const label = disk.name.startsWith('dm-') ? undefined : readLabel(root, disk);
    if (label === undefined) continue;
    const known = pvs.some((one) => one.label.uuid === label.uuid);
    (known ? duplicates : pvs).push({ disk, label });
    const group = label.metadata === undefined ? undefined : parseGroup(label.metadata);
    if (group !== undefined && (groups.get(group.id)?.seqno ?? -1) < group.seqno) groups.set(group.id, group);
  }
  return { pvs, duplicates, groups: [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

function readLabel(root: HostRoot, disk: HostDisk): PvLabel | undefined {
  const start = readDisk(root, disk, 0, 1024);
  return start.toString('latin1', 512, 520) === 'LABELONE'
    ? decodeLabel(readDisk(root, disk, 0, LABEL_BYTES))
    : undefined;
}

/** The disk a physical volume of a group is on; undefined if it is missing. */
export function diskOf({ pvs }: Scan, pv: GroupPv): HostDisk | undefined {
  return pvs.find(({ label }) => label.uuid === pv.id)?.disk;
}

export function missingPvs(scan: Scan, group: Group): GroupPv[] {
  return group.pvs.filter((pv) => diskOf(scan, pv) === undefined);
}

/** The group a physical volume is in. */
export function groupOf({ groups }: Scan, { label }: FoundPv): Group | undefined {
  return groups.find(({ pvs }) => pvs.some(({ id }) => id === label.uuid));
}

/** Writes the next version of a group on all its disks that are there. */
export function writeGroup(root: HostRoot, scan: Scan, group: Group, nowSeconds: number): void {
  const next = { ...group, seqno: group.seqno + 1 };
  const metadata = formatGroup(next, nowSeconds);
  for (const { disk, label } of scan.pvs) {
    if (next.pvs.some(({ id }) => id === label.uuid)) writePv(root, disk, { ...label, metadata });
  }
}

/** Makes a disk a physical volume, or changes what it says of its group. */
export function writePv(root: HostRoot, disk: HostDisk, label: PvLabel): void {
  writeDisk(root, disk, 0, encodeLabel(label));
}

/** Takes the label off a disk. */
export function wipePv(root: HostRoot, disk: HostDisk): void {
  writeDisk(root, disk, 0, Buffer.alloc(4096));
}
