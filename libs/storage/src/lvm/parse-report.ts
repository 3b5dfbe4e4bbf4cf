import { HwError } from '@rackwright/core';
import type { LogicalVolume, LvmReport, PhysicalVolume, VolumeGroup } from './report.ts';

type Row = Readonly<Record<string, unknown>>;

/** One group of the report; the last one has no volume group, but the physical volumes of none. */
interface Section {
  readonly vg: readonly Row[];
  readonly pv: readonly Row[];
  readonly lv: readonly Row[];
  readonly seg: readonly Row[];
}

/** Most rows of one kind that are read. */
const maxRows = 4096;

/**
 * Reads the output of `lvm fullreport --reportformat json` or `json_std`, with
 * or without suffixes of units; numbers are strings in the first and bare in the
 * second. What a newer LVM adds is left out. (lvmreport(7))
 *
 * @throws HwError Internal if it is no such report
 */
export function parseLvmReport(text: string): LvmReport {
  const sections = sectionsOf(text);
  return {
    vgs: sections.flatMap(({ vg }) => vg.map(volumeGroup)),
    pvs: sections.flatMap(({ vg, pv }) => pv.map((row) => physicalVolume(row, string(vg[0]?.vg_name)))),
    lvs: sections.flatMap(({ vg, lv, seg }) => lv.map((row) => logicalVolume(row, vg[0], seg))),
  };
}

function sectionsOf(text: string): Section[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HwError('Internal', 'lvm fullreport printed no JSON', { cause });
  }
  const report = isRow(value) ? value.report : undefined;
  if (!Array.isArray(report)) throw new HwError('Internal', 'lvm fullreport printed no report');
  return rows(report).map(({ vg, pv, lv, seg }) => ({
    vg: rows(vg),
    pv: rows(pv),
    lv: rows(lv),
    seg: rows(seg),
  }));
}

function volumeGroup(row: Row): VolumeGroup {
  return {
    name: string(row.vg_name),
    uuid: string(row.vg_uuid),
    ...(row.vg_seqno !== undefined && { seqno: count(row.vg_seqno) }),
    systemId: string(row.vg_systemid),
    tags: words(row.vg_tags),
    sizeBytes: bytes(row.vg_size),
    freeBytes: bytes(row.vg_free),
    extentBytes: bytes(row.vg_extent_size),
    missingPvs: count(row.vg_missing_pv_count),
    exported: isSet(row.vg_exported),
  };
}

function physicalVolume(row: Row, vg: string): PhysicalVolume {
  return {
    name: string(row.pv_name),
    uuid: string(row.pv_uuid),
    vg,
    sizeBytes: bytes(row.pv_size),
    freeBytes: bytes(row.pv_free),
    missing: isSet(row.pv_missing) || !string(row.pv_name).startsWith('/'),
    duplicate: isSet(row.pv_duplicate),
  };
}

function logicalVolume(row: Row, vg: Row | undefined, segments: readonly Row[]): LogicalVolume {
  const uuid = string(row.lv_uuid);
  const mine = segments.filter((segment) => string(segment.lv_uuid) === uuid);
  const [first = {}] = mine;
  const attributes = string(row.lv_attr);
  const health = string(row.lv_health_status);
  const device = deviceNumber(row);
  return {
    name: string(row.lv_name),
    vg: string(vg?.vg_name),
    vgUuid: string(vg?.vg_uuid),
    uuid,
    path: string(row.lv_path),
    tags: words(row.lv_tags),
    sizeBytes: bytes(row.lv_size),
    stripes: count(first.stripes),
    stripeBytes: bytes(first.stripe_size),
    active: isSet(row.lv_active) && string(row.lv_active) !== 'unknown',
    // The ninth letter is p for a partial volume (lvs(8)).
    partial: health === 'partial' || attributes[8] === 'p',
    health,
    devices: [...new Set(mine.flatMap((segment) => segmentDevices(string(segment.devices))))],
    ...(device !== undefined && { device }),
  };
}

/** `/dev/nvme1n1(0),/dev/nvme2n1(0)` */
function segmentDevices(text: string): string[] {
  return text.split(/[,\s]+/).flatMap((part) => /^(.+)\(\d+\)$/.exec(part)?.[1] ?? []);
}

function deviceNumber(row: Row): string | undefined {
  const [major, minor] = [string(row.lv_kernel_major), string(row.lv_kernel_minor)];
  return /^\d+$/.test(major) && /^\d+$/.test(minor) ? `${major}:${minor}` : undefined;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rows(value: unknown): Row[] {
  return Array.isArray(value) ? value.slice(0, maxRows).filter(isRow) : [];
}

function string(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : '';
}

/** In `json` a list is words with commas, in `json_std` an array. */
function words(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(string).filter((word) => word !== '');
  return string(value)
    .split(',')
    .filter((word) => word !== '');
}

/** A flag is its own word in `json`, 1 in `json_std` and with `--binary`; empty or 0 when not set. */
function isSet(value: unknown): boolean {
  return !['', '0'].includes(string(value));
}

function bytes(value: unknown): bigint {
  const digits = /^(\d{1,20})B?$/.exec(string(value))?.[1];
  return digits === undefined ? 0n : BigInt(digits);
}

function count(value: unknown): number {
  return /^\d{1,9}$/.test(string(value)) ? Number(string(value)) : 0;
}
