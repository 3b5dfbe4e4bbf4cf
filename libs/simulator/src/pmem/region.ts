import { createHash } from 'node:crypto';
import { HwError } from '@rackwright/core';
import type { PmemMode, PmemRegionSpec } from './spec.ts';

/** What holds a namespace that is not raw. */
export type HolderKind = 'pfn' | 'btt' | 'dax';

/** A namespace with everything about it decided. */
export interface PmemNamespace {
  /** The Y of namespaceX.Y. */
  readonly id: number;
  readonly mode: PmemMode;
  /** Where it begins in its region. */
  readonly start: number;
  readonly bytes: number;
  readonly name: string;
  readonly uuid: string;
  readonly align: number;
  readonly sectorSize: number;
  readonly holder: { readonly kind: HolderKind; readonly id: number; readonly uuid: string } | undefined;
  /** Whether a driver is bound, which makes its disk. */
  readonly enabled: boolean;
}

/** A range of persistent memory with everything about it decided. */
export interface PmemRegion extends Omit<Required<PmemRegionSpec>, 'namespaces' | 'persistenceDomain'> {
  /** The N of regionN. */
  readonly id: number;
  readonly persistenceDomain: string | undefined;
  /** Numbers of its DIMMs. */
  readonly dimms: readonly number[];
  /** Of its interleave set. */
  readonly cookie: string;
  readonly enabled: boolean;
  readonly namespaces: readonly PmemNamespace[];
  /** Sectors of 512 bytes that cannot be read. */
  readonly badBlocks: readonly { readonly sector: number; readonly count: number }[];
}

/** The persistent memory of a host. */
export interface PmemState {
  readonly regions: readonly PmemRegion[];
  /** How many namespaces there have ever been. */
  readonly made: number;
}

/** @throws HwError NotFound if there is no such region */
export function regionNamed(state: PmemState, name: string): PmemRegion {
  const found = state.regions.find(({ id }) => `region${id}` === name);
  if (found === undefined) throw new HwError('NotFound', `this host has no ${name}`);
  return found;
}

export function withNamespaces(
  state: PmemState,
  region: number,
  namespaces: readonly PmemNamespace[],
): PmemState {
  return updateRegion(state, region, { namespaces });
}

export function updateRegion(state: PmemState, id: number, change: Partial<PmemRegion>): PmemState {
  const regions = state.regions.map((region) => (region.id === id ? { ...region, ...change } : region));
  return { ...state, regions };
}

/** A UUID that depends on nothing but what it is for. */
export function uuidFor(what: string): string {
  const hex = digest(what);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
