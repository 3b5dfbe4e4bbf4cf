import { type Dirent, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '@rackwright/core';
import { parseGoFlags } from './process/go-flags.ts';
import { FatalError, ownPath, type Program } from './process/program.ts';

/** The operator's helper: removes what AIStore keeps about its cluster below a folder of the host. */
export function runCleanupHelper(program: Program): void {
  const flags = parseGoFlags({ dir: 'string' }, program.argv);
  if ('refused' in flags) throw new FatalError(flags.refused);
  const { dir } = flags;
  if (dir === undefined) throw new FatalError('-dir is required');
  const folder = ownPath(program, dir);
  let removed = 0;
  for (const entry of entriesOf(folder)) {
    if (!entry.isFile() || !entry.name.startsWith('.ais.')) continue;
    rmSync(join(entry.parentPath, entry.name), { force: true });
    removed++;
  }
  program.print(`removed ${removed} files below ${dir}`);
  program.exit(0);
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    throw new FatalError(`cannot read ${folder}: ${errorMessage(error)}`);
  }
}
