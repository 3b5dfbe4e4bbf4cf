import type { TreeEntry } from '../host/tree.ts';
import type { NicFunction } from './nic.ts';
import { coreTree, ethernetTree, userTree } from './nic-tree.ts';

/** The modules that show a function in sysfs, each needing the ones before it or the first. */
export const layerModules = ['cxi_ss1', 'cxi_user', 'cxi_eth'] as const;
export type LayerModule = (typeof layerModules)[number];

/** Entries a loaded module adds for one function. */
export function layerTree(module: LayerModule, nic: NicFunction, nowMs: number): TreeEntry[] {
  if (module === 'cxi_ss1') return coreTree(nic, nowMs);
  return module === 'cxi_user' ? userTree(nic) : ethernetTree(nic);
}

/** Layers present with these modules: cxi_user and cxi_eth show nothing without cxi_ss1. */
export function activeLayers(modules: readonly string[]): LayerModule[] {
  return modules.includes('cxi_ss1') ? layerModules.filter((module) => modules.includes(module)) : [];
}

/**
 * The paths whose removal takes `entries` away: links outside the PCI folder
 * first, as user space sees a device go, then whole folders inside it.
 */
export function layerRoots(entries: readonly TreeEntry[], nicFolder: string): string[] {
  const outside = entries.map((entry) => entry.path).filter((path) => !path.startsWith(`${nicFolder}/`));
  const inside = entries
    .map((entry) => entry.path)
    .filter((path) => path.startsWith(`${nicFolder}/`))
    .map((path) => `${nicFolder}/${path.slice(nicFolder.length + 1).split('/')[0]}`);
  return [...outside, ...new Set(inside)];
}
