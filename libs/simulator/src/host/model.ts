import { readFileSync } from 'node:fs';
import { HwError } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { replaceFile, SCRATCH } from './atomic-files.ts';
import { loadedModules } from './loaded-modules.ts';
import { makeLock, withLock } from './lock.ts';
import { type TreeEntry, writeTree } from './tree.ts';
import { changeTree } from './tree-change.ts';

/** What the tree of modelled hardware depends on beside its state. */
export interface ModelSurroundings {
  readonly numaNodes: number;
  /** The kernel modules loaded now. */
  readonly modules: readonly string[];
}

/**
 * Hardware that is a state and the files that show it. The state is kept with
 * the host, so that programs of the host work on it as well as whoever made the
 * host: what one of them changes the other sees.
 */
export interface HardwareModel<State> {
  /** Name of the kept file. */
  readonly name: string;
  tree(state: State, around: ModelSurroundings): TreeEntry[];
}

/** A state on its way: the files still show the one before if the change was interrupted. */
interface Kept<State> {
  readonly state: State;
  readonly before?: State;
  readonly numaNodes: number;
}

/** What the hardware is now; undefined if the host has none of this kind. */
export function readState<State>(root: HostRoot, model: HardwareModel<State>): State | undefined {
  return readKept(root, model)?.state;
}

/** Writes the state and all files that show it, as when the machine starts. */
export function startModel<State>(
  root: HostRoot,
  model: HardwareModel<State>,
  state: State,
  around: ModelSurroundings,
): void {
  makeLock(lockOf(root, model.name));
  keep(root, model, { state, numaNodes: around.numaNodes });
  writeTree(root, model.tree(state, around));
}

/** Keeps another state without showing it: the machine is off. */
export function keepState<State>(
  root: HostRoot,
  model: HardwareModel<State>,
  change: (state: State) => State,
): void {
  const kept = readKept(root, model);
  if (kept !== undefined) keep(root, model, { state: change(kept.state), numaNodes: kept.numaNodes });
}

/**
 * Changes the state and the files that show it. One change at a time, also among
 * processes; one that was interrupted by the death of its process is finished first.
 *
 * @param between called when the state is kept and not shown yet
 * @throws HwError NotFound if the host has no such hardware
 */
export function changeState<State>(
  root: HostRoot,
  model: HardwareModel<State>,
  change: (state: State) => State,
  between: () => void = () => {},
): State {
  found(root, model);
  return withLock(lockOf(root, model.name), () => {
    const kept = found(root, model);
    const around = { numaNodes: kept.numaNodes, modules: loadedModules(root) };
    if (kept.before !== undefined) show(root, model, { ...kept, before: kept.before }, around);
    const state = change(kept.state);
    const next = { state, before: kept.state, numaNodes: kept.numaNodes };
    keep(root, model, next);
    between();
    show(root, model, next, around);
    return state;
  });
}

/** Shows with other modules what was shown with `before`. */
export function changeModules<State>(
  root: HostRoot,
  model: HardwareModel<State>,
  before: readonly string[],
  after: readonly string[],
): void {
  const shown = readKept(root, model);
  if (shown === undefined) return;
  withLock(lockOf(root, model.name), () => {
    const kept = readKept(root, model) ?? shown;
    const tree = (modules: readonly string[]): TreeEntry[] =>
      model.tree(kept.state, { numaNodes: kept.numaNodes, modules });
    changeTree(root, tree(before), tree(after));
  });
}

function show<State>(
  root: HostRoot,
  model: HardwareModel<State>,
  kept: Required<Kept<State>>,
  around: ModelSurroundings,
): void {
  changeTree(root, model.tree(kept.before, around), model.tree(kept.state, around));
  keep(root, model, { state: kept.state, numaNodes: kept.numaNodes });
}

function found<State>(root: HostRoot, model: HardwareModel<State>): Kept<State> {
  const kept = readKept(root, model);
  if (kept === undefined) throw new HwError('NotFound', `this host has no ${model.name}`);
  return kept;
}

function readKept<State>(root: HostRoot, model: HardwareModel<State>): Kept<State> | undefined {
  try {
    return JSON.parse(readFileSync(root.path(stateFile(model.name)), 'utf8')) as Kept<State>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function keep<State>(root: HostRoot, model: HardwareModel<State>, kept: Kept<State>): void {
  replaceFile(root, stateFile(model.name), JSON.stringify(kept));
}

function stateFile(name: string): string {
  return `${SCRATCH}/${name}/state.json`;
}

/** The lock of what is kept under this name. */
export function lockOf(root: HostRoot, name: string): string {
  return root.path(`${SCRATCH}/${name}/lock`);
}
