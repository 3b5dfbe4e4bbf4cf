import { closeSync, readFileSync } from 'node:fs';
import { HwError } from '@rackwright/core';
import { type HostRoot, makeFolderSync } from '@rackwright/host';
import { replaceFile, SCRATCH } from './atomic-files.ts';
import { dropDeadHold, dropHold, takeHold } from './hold.ts';
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
 * @throws HwError NotFound if the host has no such hardware
 */
export function changeState<State>(
  root: HostRoot,
  model: HardwareModel<State>,
  change: (state: State) => State,
): State {
  return exclusively(root, model.name, () => {
    const kept = readKept(root, model);
    if (kept === undefined) throw new HwError('NotFound', `this host has no ${model.name}`);
    const around = { numaNodes: kept.numaNodes, modules: loadedModules(root) };
    if (kept.before !== undefined) show(root, model, { ...kept, before: kept.before }, around);
    const state = change(kept.state);
    const next = { state, before: kept.state, numaNodes: kept.numaNodes };
    keep(root, model, next);
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
  exclusively(root, model.name, () => {
    const kept = readKept(root, model);
    if (kept === undefined) return;
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

function loadedModules(root: HostRoot): string[] {
  const text = readFileSync(root.path(root.proc('modules')), 'utf8');
  return text
    .split('\n')
    .flatMap((line) => line.split(' ').slice(0, 1))
    .filter((name) => name !== '');
}

/** How long somebody else may take for one change. */
const longestMs = 10_000;
const pauseMs = 5;
const pause = new Int32Array(new SharedArrayBuffer(4));

function exclusively<T>(root: HostRoot, name: string, work: () => T): T {
  const folder = root.path(`${SCRATCH}/${name}/lock`);
  makeFolderSync(root.path(`${SCRATCH}/${name}`));
  const pipe = takeLock(folder, name);
  try {
    return work();
  } finally {
    dropHold(folder);
    closeSync(pipe);
  }
}

function takeLock(folder: string, name: string): number {
  for (let waited = 0; waited < longestMs; waited += pauseMs) {
    dropDeadHold(folder);
    try {
      return takeHold(folder, { pid: process.pid });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    Atomics.wait(pause, 0, 0, pauseMs);
  }
  throw new HwError('DeadlineExceeded', `another program has been changing ${name} for ${longestMs} ms`);
}
