import { appendFileSync, readFileSync } from 'node:fs';
import { type HostRoot, makeFolderSync } from '@rackwright/host';
import { SCRATCH } from '../host/atomic-files.ts';

/** A program of a host that was run. */
export interface JournalEntry {
  readonly command: string;
  readonly args: readonly string[];
  /** undefined while it runs, or if it was killed. */
  readonly code: number | undefined;
}

interface Line {
  readonly pid: number;
  readonly command?: string;
  readonly args?: readonly string[];
  readonly code?: number;
}

const FOLDER = `${SCRATCH}/commands`;
const FILE = `${FOLDER}/journal.jsonl`;

export function writeBegin(root: HostRoot, command: string, args: readonly string[]): void {
  write(root, { pid: process.pid, command, args });
}

export function writeEnd(root: HostRoot, code: number): void {
  write(root, { pid: process.pid, code });
}

/** Every run of a program of the host, in the order of their beginnings. */
export function readJournal(root: HostRoot): JournalEntry[] {
  const entries: { pid: number; entry: JournalEntry }[] = [];
  for (const { pid, command, args = [], code } of readLines(root)) {
    if (command !== undefined) {
      entries.push({ pid, entry: { command, args, code: undefined } });
      continue;
    }
    const begun = entries.findLast((one) => one.pid === pid);
    if (begun !== undefined) begun.entry = { ...begun.entry, code };
  }
  return entries.map(({ entry }) => entry);
}

/** Each line in one write: programs that run at once do not mix theirs. */
function write(root: HostRoot, line: Line): void {
  makeFolderSync(root.path(FOLDER));
  appendFileSync(root.path(FILE), `${JSON.stringify(line)}\n`);
}

function readLines(root: HostRoot): Line[] {
  try {
    const lines = readFileSync(root.path(FILE), 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line) as Line);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
