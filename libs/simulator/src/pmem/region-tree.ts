import { type TreeEntry, textFile, valueFile, valueFiles } from '../host/tree.ts';
import { holderTree, idleHolder } from './holder-tree.ts';
import { namespaceTree, seedTree } from './namespace-tree.ts';
import { freeBytes, largestGap, seedOf } from './namespaces.ts';
import { hexValue, ndDeviceTree, nodeValues, regionFolder } from './nd-device.ts';
import type { HolderKind, PmemRegion } from './region.ts';

const holders: readonly HolderKind[] = ['btt', 'dax', 'pfn'];

/** A region with all that is in it. */
export function regionTree(region: PmemRegion, bound: boolean): TreeEntry[] {
  const own = regionFolder(region);
  return [
    ...ndDeviceTree({
      name: `region${region.id}`,
      folder: own,
      devtype: region.volatile ? 'nd_volatile' : 'nd_pmem',
      type: 2,
      driver: region.enabled ? 'nd_region' : undefined,
      values: { ...regionValues(region), ...(region.enabled ? seedNames(region) : {}) },
    }),
    ...mappings(region),
    valueFile(`${own}/nfit/range_index`, 2 * (region.id + 1)),
    textFile(`${own}/badblocks`, badBlockLines(region)),
    ...(region.enabled ? contents(region, bound) : []),
  ];
}

function regionValues(region: PmemRegion): Record<string, string | number | undefined> {
  const free = region.labelled ? freeBytes(region) : region.bytes;
  return {
    align: hexValue(region.align),
    available_size: free,
    deep_flush: 0,
    init_namespaces: region.enabled ? '1/1' : undefined,
    mappings: region.ways,
    max_available_extent: region.labelled ? largestGap(region) : region.bytes,
    nstype: region.labelled ? 5 : 4,
    ...nodeValues(region),
    persistence_domain: region.persistenceDomain,
    read_only: region.readOnly ? 1 : 0,
    resource: hexValue(region.start),
    set_cookie: region.cookie,
    size: region.bytes,
  };
}

/** Which object is configured next; a region without labels makes no further namespaces. */
function seedNames(region: PmemRegion): Record<string, string> {
  const name = (kind: HolderKind | 'namespace', id: number): [string, string] => [
    `${kind}_seed`,
    `${kind}${region.id}.${id}`,
  ];
  const namespace = region.labelled ? seedOf(region, 'namespace') : 0;
  return Object.fromEntries([
    name('namespace', namespace),
    ...holders.map((kind) => name(kind, seedOf(region, kind))),
  ]);
}

function contents(region: PmemRegion, bound: boolean): TreeEntry[] {
  return [
    ...region.namespaces.flatMap((namespace) => [
      ...namespaceTree(region, namespace, bound),
      ...holderTree(region, namespace, bound),
    ]),
    ...(region.labelled ? seedTree(region) : []),
    ...holders.flatMap((kind) => idleHolder(region, kind, seedOf(region, kind))),
  ];
}

function mappings(region: PmemRegion): TreeEntry[] {
  const share = region.bytes / region.ways;
  return valueFiles(
    regionFolder(region),
    Object.fromEntries(region.dimms.map((dimm, i) => [`mapping${i}`, `nmem${dimm},0,${share},${i}`])),
  );
}

function badBlockLines({ badBlocks }: PmemRegion): string {
  return badBlocks.map(({ sector, count }) => `${sector} ${count}\n`).join('');
}
