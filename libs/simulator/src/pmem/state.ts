import { HwError } from '@rackwright/core';
import { addNamespace } from './namespaces.ts';
import { digest, type PmemNamespace, type PmemRegion, type PmemState, withNamespaces } from './region.ts';
import { MiB } from './sizes.ts';
import type { PmemRegionSpec } from './spec.ts';

/** What a host has at first. */
export function firstState(specs: readonly PmemRegionSpec[]): PmemState {
  return specs.reduce<PmemState>(withRegion, { regions: [], made: 0 });
}

function withRegion(state: PmemState, spec: PmemRegionSpec): PmemState {
  const region = pmemRegion(spec, state.regions);
  const grown = { ...state, regions: [...state.regions, region] };
  if (!region.labelled) return rawOverAll(grown, region);
  return (spec.namespaces ?? []).reduce<PmemState>((now, one) => addNamespace(now, region.id, one), grown);
}

function pmemRegion(spec: PmemRegionSpec, before: readonly PmemRegion[]): PmemRegion {
  const id = before.length;
  const ways = spec.ways ?? 1;
  const firstDimm = before.reduce((sum, region) => sum + region.ways, 0);
  const last = before.at(-1);
  const volatile = spec.volatile ?? false;
  const region: PmemRegion = {
    id,
    bytes: spec.bytes ?? 252 * 1024 * MiB,
    start: spec.start ?? (last === undefined ? 2 ** 32 : last.start + last.bytes),
    bus: spec.bus ?? 0,
    volatile,
    numaNode: spec.numaNode ?? 0,
    ways,
    align: spec.align ?? 16 * MiB * ways,
    readOnly: spec.readOnly ?? false,
    persistenceDomain: spec.persistenceDomain,
    labelled: spec.labelled ?? !volatile,
    dimms: Array.from({ length: ways }, (_, i) => firstDimm + i),
    cookie: `0x${digest(`region${id}`).slice(0, 14)}`,
    enabled: true,
    namespaces: [],
    badBlocks: [],
  };
  check(region, spec);
  return region;
}

/** @throws HwError InvalidArgument for what no region can be, with the name of the field */
function check({ id, volatile, labelled, ways, bytes, align, bus }: PmemRegion, spec: PmemRegionSpec): void {
  const wrong: readonly [field: string, is: boolean, why: string][] = [
    ['labelled', volatile && labelled, 'volatile memory has no labels'],
    ['namespaces', !labelled && (spec.namespaces ?? []).length > 0, 'without labels it is one raw namespace'],
    ['ways', !Number.isSafeInteger(ways) || ways < 1, 'it has no DIMM'],
    ['bus', !Number.isSafeInteger(bus) || bus < 0, 'that is no number of a bus'],
    ['bytes', !Number.isSafeInteger(bytes) || bytes <= 0 || bytes % align !== 0, `no multiple of ${align}`],
  ];
  const first = wrong.find(([, is]) => is);
  if (first === undefined) return;
  const [field, , why] = first;
  throw new HwError('InvalidArgument', `region${id} cannot be so: ${field}: ${why}`, { field });
}

/** A region without labels is one namespace that nobody can make smaller. */
function rawOverAll(state: PmemState, region: PmemRegion): PmemState {
  const namespace: PmemNamespace = {
    id: 0,
    mode: 'raw',
    start: 0,
    bytes: region.bytes,
    name: '',
    uuid: '',
    align: 2 * MiB,
    sectorSize: 512,
    holder: undefined,
    enabled: true,
  };
  return withNamespaces(state, region.id, [namespace]);
}
