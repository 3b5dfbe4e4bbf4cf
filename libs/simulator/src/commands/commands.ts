import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HostRoot } from '@rackwright/host';
import { replaceFile, SCRATCH } from '../host/atomic-files.ts';
import { bundle, launcher } from '../host/bundle.ts';
import { makeLock } from '../host/lock.ts';
import { lockOf } from '../host/model.ts';
import type { HostCommand } from './command.ts';
import { type JournalEntry, readJournal } from './journal.ts';

const PROGRAM = `${SCRATCH}/commands/main.mjs`;
/** What Node made of the program: thousands of runs begin sooner. */
const COMPILED = `${SCRATCH}/commands/compiled`;

let program: Promise<Uint8Array> | undefined;

/** The programs of a simulated host. */
export class HostCommands {
  readonly #root: HostRoot;

  constructor(root: HostRoot) {
    this.#root = root;
  }

  /** The search path of processes that are to find the host's programs, and only them. */
  get searchPath(): string {
    return ['/usr/sbin', '/usr/bin'].map((folder) => this.#root.path(folder)).join(':');
  }

  /** Every run of a program, in the order of their beginnings. */
  journal(): JournalEntry[] {
    return readJournal(this.#root);
  }

  /** Puts them where packages would put the real ones. */
  async install(commands: readonly HostCommand[]): Promise<void> {
    makeLock(lockOf(this.#root, 'commands'));
    program ??= bundle(fileURLToPath(new URL('./main.ts', import.meta.url)));
    replaceFile(this.#root, PROGRAM, await program);
    for (const { name, folder } of commands) {
      const words = [process.execPath, this.#root.path(PROGRAM), this.#root.prefix, name];
      const path = `${folder}/${name}`;
      replaceFile(this.#root, path, launcher(words, { NODE_COMPILE_CACHE: this.#root.path(COMPILED) }));
      chmodSync(this.#root.path(path), 0o755);
    }
  }
}
