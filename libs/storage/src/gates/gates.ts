import type { LvmReport } from '../lvm/report.ts';
import type { Probe, Signature } from '../signatures.ts';

/**
 * What was found out about a disk before anything is written to it. Each part
 * is a fact, or the reason why it could not be found out.
 */
export interface DiskObservation {
  readonly path: string;
  readonly expectedSerial: string;
  /** Of the opened device; absent if it could not be opened. */
  readonly opened?: { readonly isBlockDevice: boolean; readonly serial: string | undefined };
  /** Why it could not be opened for us alone. */
  readonly openFailure?: { readonly inUse: boolean; readonly message: string };
  readonly partitions: readonly string[];
  readonly holders: readonly string[];
  /** What of the host stands on it: `mounted at /`. */
  readonly uses: readonly string[];
  readonly probe: Finding<Probe>;
  readonly signatures: Finding<readonly Signature[]>;
  /** Offset of the first sample that is neither all zeros nor all ones; undefined if there is none. */
  readonly content: Finding<bigint | undefined>;
  readonly lvm: Finding<Pick<LvmReport, 'pvs' | 'vgs'>>;
}

/** A fact, or why it is not known. */
export type Finding<T> = { readonly found: T } | { readonly failure: string };

/** What an administrator has said. */
export interface DiskPermission {
  /** Caches may be made, and the configuration is valid. */
  readonly create: boolean;
  /** The node is in maintenance. */
  readonly maintenance: boolean;
  /** Serial numbers whose content may be lost: gate 6 alone is open for them. */
  readonly allowInit: readonly string[];
  /** LVM's name for this machine; empty if it has none. */
  readonly systemId: string;
  /** Volume groups of ours, whose mention of the disk is no objection. */
  readonly ownGroups: readonly string[];
}

/** Why nothing is written to a disk. */
export interface ClosedGate {
  /** 1 to 8, as in the documentation. */
  readonly gate: number;
  /** One CamelCase word. */
  readonly name: string;
  /** One sentence for people. */
  readonly detail: string;
}

type Gate = (disk: DiskObservation, permission: DiskPermission) => string | undefined;

/** The gates in their order: all must be open. A fact that is not known closes its gate. */
const gates: readonly (readonly [name: string, gate: Gate])[] = [
  ['WrongDisk', identity],
  ['InUse', inUse],
  ['NotExclusive', ({ openFailure }) => openFailure?.message],
  ['SignatureFound', probed],
  ['SignatureListed', listed],
  ['ContentFound', content],
  ['KnownToLvm', knownToLvm],
  ['NotPermitted', notPermitted],
];

/**
 * The first gate that is closed for a disk; undefined if it may be written to. Of
 * a disk that is known to be ours some gates only are asked. Pure.
 */
export function closedGate(
  disk: DiskObservation,
  permission: DiskPermission,
  asked: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8],
): ClosedGate | undefined {
  for (const [i, [name, gate]] of gates.entries()) {
    if (!asked.includes(i + 1)) continue;
    const detail = gate(disk, permission);
    if (detail !== undefined) return { gate: i + 1, name, detail };
  }
  return undefined;
}

function identity({ opened, openFailure, path, expectedSerial }: DiskObservation): string | undefined {
  // One that is in use is known well enough to say so.
  if (opened === undefined)
    return openFailure?.inUse === true ? undefined : (openFailure?.message ?? `${path} was not opened`);
  if (!opened.isBlockDevice) return `${path} is no block device`;
  return opened.serial === expectedSerial
    ? undefined
    : `${path} has the serial ${opened.serial ?? 'unknown'}, not ${expectedSerial}`;
}

function inUse({ path, partitions, holders, uses }: DiskObservation): string | undefined {
  if (partitions.length > 0) return `${path} has partitions: ${partitions.join(', ')}`;
  if (holders.length > 0) return `${path} is held by ${holders.join(', ')}`;
  return uses.length > 0 ? `${path} is ${uses.join(', ')}` : undefined;
}

function probed({ path, probe }: DiskObservation): string | undefined {
  if ('failure' in probe) return probe.failure;
  switch (probe.found.kind) {
    case 'nothing':
      return undefined;
    case 'ambivalent':
      return `${path} has several signatures that contradict each other`;
    case 'found':
      return `${path} has a signature: ${probe.found.type}`;
  }
}

function listed({ path, signatures }: DiskObservation): string | undefined {
  if ('failure' in signatures) return signatures.failure;
  const types = [...new Set(signatures.found.map(({ type }) => type))];
  return types.length > 0 ? `${path} has signatures: ${types.join(', ')}` : undefined;
}

function content(
  { path, content, expectedSerial }: DiskObservation,
  { allowInit }: DiskPermission,
): string | undefined {
  if ('failure' in content) return content.failure;
  if (content.found === undefined || allowInit.includes(expectedSerial)) return undefined;
  return `${path} holds data at ${content.found}; clear it, or name its serial in phison.com/ai100-allow-init`;
}

function knownToLvm(
  { path, lvm }: DiskObservation,
  { systemId, ownGroups }: DiskPermission,
): string | undefined {
  if ('failure' in lvm) return lvm.failure;
  const mentions = lvm.found.pvs.filter(({ name }) => name === path);
  const [first] = mentions;
  if (first === undefined) return undefined;
  if (mentions.length > 1 || first.duplicate) return `LVM knows ${path} twice`;
  const group = lvm.found.vgs.find(({ name }) => name === first.vg);
  if (group !== undefined && group.systemId !== '' && group.systemId !== systemId)
    return `LVM knows ${path} as part of ${group.name} of machine ${group.systemId}`;
  if (first.vg === '') return `LVM knows ${path} as a physical volume of no group`;
  return ownGroups.includes(first.vg) ? undefined : `LVM knows ${path} as part of ${first.vg}`;
}

function notPermitted(_: DiskObservation, { create, maintenance }: DiskPermission): string | undefined {
  if (maintenance) return 'the node has the annotation phison.com/ai100-maintenance';
  return create ? undefined : 'making caches is not permitted (spec.cache.create)';
}
