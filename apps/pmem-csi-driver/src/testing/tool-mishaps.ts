import { existsSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Clock } from '@rackwright/core';
import { type ProcessRunner, type RunOptions, type RunOutcome, SystemProcessRunner } from '@rackwright/host';
import type { PmemHost } from './pmem-host.ts';

/** What is wrong with a program of a node; one that pretends does nothing, prints nonsense and ends well. */
export const mishaps = ['missing', 'fails', 'hangs', 'pretends'] as const;
export type Mishap = (typeof mishaps)[number];

/** A program, and a word among its arguments by which its runs are meant; others go well. */
export type ToolRun = readonly [program: string, word?: string];

const scripts: Readonly<Record<Mishap, string>> = {
  // How a shell ends that finds no program.
  missing: 'exit 127',
  fails: 'echo broken >&2; exit 1',
  hangs: 'exec sleep 1000',
  pretends: "printf '}{ nonsense'",
};

/** Something that is wrong with one program. */
export interface BadTool extends Disposable {
  /** Once it was run. */
  readonly met: Promise<void>;
}

/** Runs the programs of a node, of which one may be bad. */
export class MishapRunner implements ProcessRunner {
  readonly #runner: SystemProcessRunner;
  #scriptFor: (argv: readonly [string, ...string[]]) => string | undefined = () => undefined;

  constructor(clock: Clock) {
    this.#runner = new SystemProcessRunner(clock);
  }

  /** Until it is disposed of a program is bad; one hangs once. */
  spoil([program, word]: ToolRun, mishap: Mishap): BadTool {
    const { promise, resolve } = Promise.withResolvers<void>();
    let runs = 0;
    this.#scriptFor = ([path, ...args]) => {
      if (basename(path) !== program || (word !== undefined && !args.includes(word))) return undefined;
      runs += 1;
      resolve();
      return mishap === 'hangs' && runs > 1 ? undefined : scripts[mishap];
    };
    return {
      met: promise,
      [Symbol.dispose]: () => {
        this.#scriptFor = () => undefined;
      },
    };
  }

  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<RunOutcome> {
    const script = this.#scriptFor(argv);
    return this.#runner.run(script === undefined ? argv : ['/bin/sh', '-c', script], options);
  }
}

/** Puts a script in the place of a program. */
export async function replaceProgram(pmem: PmemHost, program: string, script: string): Promise<void> {
  const path = pathOf(pmem, program);
  await rm(path);
  await writeProgram(path, script);
}

export async function writeProgram(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

function pathOf({ host: { root } }: PmemHost, program: string): string {
  const paths = ['/usr/sbin', '/usr/bin'].map((folder) => root.path(`${folder}/${program}`));
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`there is no ${program}`);
  return found;
}
