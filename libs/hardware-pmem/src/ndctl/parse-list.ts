import { HwError } from '@rackwright/core';
import type { PmemMode } from '../persistent-memory.ts';

/** A region as `ndctl list` tells it. Sizes are bytes. */
export interface NdRegion {
  /** `ndbus0`; empty where the list does not tell. */
  readonly bus: string;
  /** `region0` */
  readonly name: string;
  readonly sizeBytes: bigint;
  readonly availableBytes: bigint;
  /** The most a new namespace can have. */
  readonly maxExtentBytes: bigint;
  /** What sizes of namespaces must be multiples of; 0 where the kernel does not say. */
  readonly alignBytes: bigint;
  /** DIMMs it is spread over, at least 1. */
  readonly ways: number;
  /** Persistent memory, not volatile or of blocks. */
  readonly persistent: boolean;
  readonly enabled: boolean;
  readonly readOnly: boolean;
  /** Without those that are empty. */
  readonly namespaces: readonly NdNamespace[];
}

/** A namespace as `ndctl list` tells it. */
export interface NdNamespace {
  /** `namespace0.0` */
  readonly device: string;
  readonly mode: PmemMode | 'unknown';
  /** What it holds, which is less than what it takes of its region. */
  readonly sizeBytes: bigint;
  readonly uuid: string;
  /** What it was made with; the one above may be that of what holds it. */
  readonly rawUuid: string;
  /** Empty for one without a name. */
  readonly name: string;
  /** `pmem0`; undefined while it has no block device. */
  readonly blockDevice: string | undefined;
  readonly enabled: boolean;
}

type Row = Readonly<Record<string, unknown>>;

const most = 4096;
const emptyUuid = /^[0-]*$/;

/**
 * Reads what `ndctl list` prints as JSON: an array of buses or of regions, or one
 * object with regions. Nothing at all means that there is no persistent memory.
 *
 * @throws HwError Internal if it is no such list
 */
export function parseNdctlList(text: string): NdRegion[] {
  if (text.trim() === '') return [];
  const top = readJson(text);
  const found = rows(Array.isArray(top) ? top : [top]);
  if (found.length === 0 && !Array.isArray(top)) throw new HwError('Internal', 'ndctl list printed no list');
  return found.flatMap((row) => {
    if (!Array.isArray(row.regions)) return /^region\d/.test(string(row.dev)) ? [region(row, '')] : [];
    return rows(row.regions).map((one) => region(one, word(row.dev, /^ndbus\d{1,6}$/)));
  });
}

/** Reads the one namespace that `ndctl create-namespace` prints. @throws HwError Internal */
export function parseNdctlNamespace(text: string): NdNamespace {
  const top = readJson(text);
  const [row] = rows(Array.isArray(top) ? top : [top]);
  const made = row && namespace(row);
  if (made === undefined || made.device === '') throw new HwError('Internal', 'ndctl printed no namespace');
  return made;
}

/** Numbers stay as they were written: sizes may be beyond what a number of JavaScript tells exactly. */
function readJson(text: string): unknown {
  const exact = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' ? (context?.source ?? String(value)) : value;
  try {
    return JSON.parse(text, exact);
  } catch (cause) {
    throw new HwError('Internal', 'ndctl printed no JSON', { cause });
  }
}

function region(row: Row, bus: string): NdRegion {
  const available = bytes(row.available_size);
  return {
    bus,
    name: word(row.dev, /^region\d{1,6}$/),
    sizeBytes: bytes(row.size),
    availableBytes: available,
    // Older kernels do not tell.
    maxExtentBytes: row.max_available_extent === undefined ? available : bytes(row.max_available_extent),
    alignBytes: bytes(row.align),
    ways: Math.max(1, rows(row.mappings).length),
    persistent: row.type === 'pmem',
    enabled: row.state !== 'disabled',
    readOnly: row.readonly === true,
    namespaces: rows(row.namespaces).map(namespace).filter(isThere),
  };
}

/** Empty namespaces are what the kernel keeps ready for the next one. */
function isThere({ device, sizeBytes, uuid }: NdNamespace): boolean {
  return device !== '' && (sizeBytes > 0n || !emptyUuid.test(uuid));
}

function namespace(row: Row): NdNamespace {
  const modes: readonly PmemMode[] = ['raw', 'fsdax', 'devdax', 'sector'];
  const blockDevice = word(row.blockdev, /^pmem\d{1,6}(\.\d{1,6})?s?$/);
  return {
    device: word(row.dev, /^namespace\d{1,6}\.\d{1,6}$/),
    mode: modes.find((mode) => mode === row.mode) ?? 'unknown',
    sizeBytes: bytes(row.size),
    uuid: string(row.uuid),
    rawUuid: string(row.raw_uuid ?? row.uuid),
    name: string(row.name),
    blockDevice: blockDevice === '' ? undefined : blockDevice,
    enabled: row.state !== 'disabled',
  };
}

function rows(value: unknown): Row[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, most)
    .filter((one): one is Row => typeof one === 'object' && one !== null && !Array.isArray(one));
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Names become words of commands and paths: what is no name is none. */
function word(value: unknown, form: RegExp): string {
  return form.test(string(value)) ? string(value) : '';
}

function bytes(value: unknown): bigint {
  const text = string(value);
  return /^\d{1,20}$/.test(text) ? BigInt(text) : 0n;
}
