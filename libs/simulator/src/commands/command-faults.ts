import { readFileSync } from 'node:fs';
import type { HostRoot } from '@rackwright/host';
import { replaceFile, SCRATCH } from '../host/atomic-files.ts';
import { withLock } from '../host/lock.ts';
import { lockOf } from '../host/model.ts';

/** Which runs of programs a fault is for. */
export interface CommandMatch {
  /** Name of the program, e.g. `mount`. */
  readonly command: string;
  /** Words that are among its arguments; default none, for every run. */
  readonly words?: readonly string[];
  /** How many runs; default all until the fault is reverted. */
  readonly times?: number;
}

/** What happens to a program. */
export type CommandMishap =
  /** It does nothing and says this. */
  | { readonly kind: 'fail'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** It does nothing until the fault is gone; it may take no notice of SIGTERM. */
  | { readonly kind: 'hang'; readonly ignoresTerm: boolean }
  /** It is killed after it has done so many things; 0 is before the first. */
  | { readonly kind: 'kill'; readonly afterSteps: number };

export interface CommandFault extends CommandMatch {
  readonly id: string;
  readonly mishap: CommandMishap;
}

const FILE = `${SCRATCH}/commands/faults.json`;

/** Puts a fault in force, before those that are. */
export function addCommandFault(root: HostRoot, fault: CommandFault): void {
  change(root, (faults) => [fault, ...faults.filter(({ id }) => id !== fault.id)]);
}

export function removeCommandFault(root: HostRoot, id: string): void {
  change(root, (faults) => faults.filter((fault) => fault.id !== id));
}

export function isInForce(root: HostRoot, id: string): boolean {
  return read(root).some((fault) => fault.id === id);
}

/** The fault for this run, which is counted; undefined if there is none. */
export function takeCommandFault(
  root: HostRoot,
  command: string,
  args: readonly string[],
): CommandFault | undefined {
  if (read(root).length === 0) return undefined;
  let taken: CommandFault | undefined;
  change(root, (faults) => {
    taken = faults.find((fault) => fault.times !== 0 && matches(fault, command, args));
    return faults.map((fault) =>
      fault === taken && fault.times !== undefined ? { ...fault, times: fault.times - 1 } : fault,
    );
  });
  return taken;
}

function matches({ command, words = [] }: CommandMatch, name: string, args: readonly string[]): boolean {
  return command === name && words.every((word) => args.includes(word));
}

function change(root: HostRoot, next: (faults: readonly CommandFault[]) => readonly CommandFault[]): void {
  withLock(lockOf(root, 'commands'), () => replaceFile(root, FILE, JSON.stringify(next(read(root)))));
}

function read(root: HostRoot): readonly CommandFault[] {
  try {
    return JSON.parse(readFileSync(root.path(FILE), 'utf8')) as CommandFault[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
