import { readFileSync } from 'node:fs';
import type { HostRoot } from '@rackwright/host';
import { removePath, replaceFile, SCRATCH } from './atomic-files.ts';
import type { Drivers } from './hardware.ts';
import { type KernelModule, moduleRoots, moduleTree } from './kernel-modules.ts';
import { type TreeEntry, writeTree } from './tree.ts';

/** What the simulator knows of its modules, whatever became of /proc/modules. */
const FILE = `${SCRATCH}/modules.json`;

/** The kernel modules loaded now. */
export function loadedModules(root: HostRoot): readonly string[] {
  return JSON.parse(readFileSync(root.path(FILE), 'utf8')) as string[];
}

/** /proc/modules and /sys/module of a machine that starts with these modules. */
export function startModules(
  root: HostRoot,
  modules: readonly string[],
  drivers: readonly Drivers[],
): TreeEntry[] {
  replaceFile(root, FILE, JSON.stringify(modules));
  return moduleTree(modules, knownModules(drivers));
}

/** Loads and unloads modules: what they show in sysfs and /dev comes and goes with them. */
export function setModules(
  root: HostRoot,
  after: readonly string[],
  drivers: readonly Drivers[],
  nowMs: number,
): void {
  const known = knownModules(drivers);
  const before = loadedModules(root);
  const change = { root, before, after, nowMs };
  for (const kind of drivers) kind.unbind(change);
  for (const module of before.filter((name) => !after.includes(name))) {
    for (const path of moduleRoots(module, known)) removePath(root, path);
  }
  replaceFile(root, FILE, JSON.stringify(after));
  const [proc, ...sys] = moduleTree(after, known);
  if (proc?.kind === 'file') replaceFile(root, proc.path, proc.content);
  writeTree(root, sys);
  for (const kind of drivers) kind.bind(change);
}

/** Modules by name. */
export function knownModules(drivers: readonly Drivers[]): ReadonlyMap<string, KernelModule> {
  return new Map(drivers.flatMap(({ modules }) => modules).map((module) => [module.name, module]));
}
