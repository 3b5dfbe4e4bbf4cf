import { HwError } from '@rackwright/core';
import {
  type HolderKind,
  type PmemNamespace,
  type PmemRegion,
  type PmemState,
  uuidFor,
  withNamespaces,
} from './region.ts';
import { MiB } from './sizes.ts';
import type { PmemNamespaceSpec } from './spec.ts';

/** ndctl makes no smaller ones, but raw. */
const SMALLEST = 16 * MiB;

/**
 * With one more namespace in a region, in the first gap that is large enough.
 *
 * @throws HwError InvalidArgument, FailedPrecondition or ResourceExhausted where ndctl or the kernel refuses
 */
export function addNamespace(state: PmemState, regionId: number, spec: PmemNamespaceSpec): PmemState {
  const region = state.regions.find(({ id }) => id === regionId);
  if (region === undefined) throw new HwError('NotFound', `this host has no region${regionId}`);
  const bytes = spec.bytes ?? Math.floor(largestGap(region) / region.align) * region.align;
  refuse(region, spec, bytes);
  const gap = gaps(region).find((one) => one.bytes >= bytes && one.bytes > 0);
  if (gap === undefined) {
    const wanted = bytes === 0 ? 'bytes left' : `${bytes} free bytes in one piece`;
    throw new HwError('ResourceExhausted', `region${region.id} has no ${wanted}`);
  }
  const made = namespaceIn(region, { ...spec, bytes }, gap.start, state.made);
  const namespaces = [...region.namespaces, made].sort((a, b) => a.id - b.id);
  return { ...withNamespaces(state, region.id, namespaces), made: state.made + 1 };
}

function refuse(region: PmemRegion, spec: PmemNamespaceSpec, bytes: number): void {
  const name = `region${region.id}`;
  if (!region.labelled) throw new HwError('FailedPrecondition', `${name} has no labels`);
  if (!region.enabled) throw new HwError('FailedPrecondition', `${name} is disabled`);
  if (bytes % region.align !== 0 || bytes < 0) {
    throw new HwError(
      'InvalidArgument',
      `${bytes} is no multiple of the alignment ${region.align} of ${name}`,
    );
  }
  if ((spec.mode ?? 'fsdax') !== 'raw' && bytes < SMALLEST && bytes > 0) {
    throw new HwError('InvalidArgument', `${bytes} bytes are less than ${SMALLEST}`);
  }
  if (Buffer.byteLength(spec.name ?? '') > 63) {
    throw new HwError('InvalidArgument', `the name ${spec.name} is longer than 63 bytes`);
  }
}

function namespaceIn(
  region: PmemRegion,
  spec: PmemNamespaceSpec & { readonly bytes: number },
  start: number,
  made: number,
): PmemNamespace {
  const mode = spec.mode ?? 'fsdax';
  const kind = holderKind[mode];
  return {
    id: seedOf(region, 'namespace'),
    mode,
    start,
    bytes: spec.bytes,
    name: spec.name ?? '',
    uuid: spec.uuid ?? uuidFor(`namespace ${region.id} ${made}`),
    align: spec.align ?? 2 * MiB,
    sectorSize: spec.sectorSize ?? (mode === 'sector' ? 4096 : 512),
    holder: kind && { kind, id: seedOf(region, kind), uuid: uuidFor(`${kind} ${region.id} ${made}`) },
    enabled: true,
  };
}

const holderKind = { raw: undefined, fsdax: 'pfn', devdax: 'dax', sector: 'btt' } as const;

/** The number of the object that is configured next: the lowest that is free. */
export function seedOf(region: PmemRegion, kind: HolderKind | 'namespace'): number {
  const taken = new Set(
    region.namespaces.flatMap(({ id, holder }) => {
      if (kind === 'namespace') return [id];
      return holder?.kind === kind ? [holder.id] : [];
    }),
  );
  let id = 0;
  while (taken.has(id)) id += 1;
  return id;
}

/** What is free in a region, from its beginning. */
function gaps(region: PmemRegion): { start: number; bytes: number }[] {
  const taken = [...region.namespaces].sort((a, b) => a.start - b.start);
  const starts = [0, ...taken.map(({ start, bytes }) => start + bytes)];
  const ends = [...taken.map(({ start }) => start), region.bytes];
  return starts.map((start, i) => ({ start, bytes: (ends[i] ?? start) - start }));
}

export function freeBytes(region: PmemRegion): number {
  return gaps(region).reduce((sum, { bytes }) => sum + bytes, 0);
}

export function largestGap(region: PmemRegion): number {
  return Math.max(...gaps(region).map(({ bytes }) => bytes));
}
