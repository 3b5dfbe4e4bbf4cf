import { HwError } from '@rackwright/core';
import type { NvmeNamespaceSpec, NvmeSpec } from './spec.ts';

/** Namespaces of one drive, and partitions of one disk, that have numbers of their own here. */
export const MOST_NAMESPACES = 32;
export const MOST_PARTITIONS = 15;

/** The first partition begins here, as partitioning programs have it. */
export const FIRST_SECTOR = 2048;

/** @throws HwError InvalidArgument for what no drive can be, with the name of the field */
export function checkDrive(spec: NvmeSpec): void {
  checkText('model', spec.model, 40);
  checkText('serial', spec.serial, 20);
  checkText('firmware', spec.firmware, 8);
  checkText('subsysnqn', spec.subsysnqn, 223);
  const namespaces = spec.namespaces ?? [];
  const numbers = namespaces.map(({ nsid }, i) => nsid ?? i + 1);
  if (new Set(numbers).size !== numbers.length) refuse('namespaces', 'two have the same nsid');
  for (const nsid of numbers) checkNumber('namespaces.nsid', nsid, 1, MOST_NAMESPACES);
  for (const namespace of namespaces) checkNamespace(namespace);
}

function checkNamespace({ sectors = Number.MAX_SAFE_INTEGER, partitions = [] }: NvmeNamespaceSpec): void {
  checkNumber('namespaces.sectors', sectors, 0, Number.MAX_SAFE_INTEGER);
  checkNumber('namespaces.partitions', partitions.length, 0, MOST_PARTITIONS);
  for (const size of partitions) checkNumber('namespaces.partitions', size, 1, sectors);
  const end = partitions.reduce((sum, size) => sum + size, FIRST_SECTOR);
  if (partitions.length > 0 && end > sectors)
    refuse('namespaces.partitions', 'they are larger than the disk');
}

function checkText(field: string, text: string | undefined, most: number): void {
  if (text !== undefined && (text.length > most || !/^[\x20-\x7e]*$/.test(text))) {
    refuse(field, `it is no text of at most ${most} printable ASCII characters`);
  }
}

function checkNumber(field: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    refuse(field, `${value} is not a whole number from ${least} to ${most}`);
  }
}

function refuse(field: string, why: string): never {
  throw new HwError('InvalidArgument', `an NVMe drive cannot be so: ${field}: ${why}`, { field });
}
