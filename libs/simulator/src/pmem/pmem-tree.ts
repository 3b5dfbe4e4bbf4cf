import { blockFolders } from '../host/block-tree.ts';
import type { ModelSurroundings } from '../host/model.ts';
import { folder, type TreeEntry } from '../host/tree.ts';
import { busTree } from './bus-tree.ts';
import type { PmemState } from './region.ts';
import { regionTree } from './region-tree.ts';

/** Everything that shows the persistent memory of a host. */
export function pmemTree(state: PmemState, { modules }: ModelSurroundings): TreeEntry[] {
  if (!modules.includes('nfit')) return [...blockFolders];
  const buses = Map.groupBy(state.regions, ({ bus }) => bus);
  return [
    ...blockFolders,
    ...busFolders.map(folder),
    ...[...buses].flatMap(([bus, regions]) => busTree(bus, regions)),
    ...state.regions.flatMap((region) => regionTree(region, modules.includes('nd_pmem'))),
  ];
}

const busFolders = [
  ...['devices', 'drivers/nd_bus', 'drivers/nd_region', 'drivers/nvdimm'].map(
    (name) => `/sys/bus/nd/${name}`,
  ),
  '/sys/bus/dax/devices',
  '/sys/class/nd',
];
