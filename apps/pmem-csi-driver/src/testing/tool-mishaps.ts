import { existsSync } from 'node:fs';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { systemClock } from '@rackwright/core';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import type { PmemHost } from './pmem-host.ts';

/** What is wrong with a program of a node; one that pretends does nothing, prints nonsense and ends well. */
export const mishaps = ['missing', 'fails', 'hangs', 'pretends'] as const;
export type Mishap = (typeof mishaps)[number];

/** A program, and a word among its arguments by which its runs are meant; others go well. */
export type ToolRun = readonly [program: string, word?: string];

/** A program of a node that something is wrong with. */
export class BadTool {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** A program that is missing is so whatever it is run for; one hangs once. */
  static async make(pmem: PmemHost, [program, word]: ToolRun, mishap: Mishap): Promise<BadTool> {
    const path = pathOf(pmem, program);
    const tool = new BadTool(path);
    await rename(path, tool.#real);
    if (mishap !== 'missing') await writeProgram(path, tool.#script(mishap, word));
    return tool;
  }

  get #real(): string {
    return `${this.#path}.real`;
  }

  get #hanging(): string {
    return `${this.#path}.hanging`;
  }

  #script(mishap: Exclude<Mishap, 'missing'>, word: string | undefined): string {
    const does = {
      fails: 'echo broken >&2; exit 1',
      pretends: "printf '}{ nonsense'; exit 0",
      hangs: `mkdir '${this.#hanging}' 2>/dev/null && exec sleep 1000`,
    };
    const pattern = word === undefined ? '*' : `*' ${word} '*`;
    return `case " $* " in ${pattern}) ${does[mishap]} ;; esac\nexec '${this.#real}' "$@"`;
  }

  /** Waits until it hangs. */
  async hanging(): Promise<void> {
    const isHanging = (): boolean => existsSync(this.#hanging);
    await waitUntil(`${this.#path} to hang`, isHanging, { clock: systemClock, intervalMs: 20 });
  }

  async mend(): Promise<void> {
    await rename(this.#real, this.#path);
    await rm(this.#hanging, { recursive: true, force: true });
  }
}

/** Puts a script in the place of a program. */
export async function replaceProgram(pmem: PmemHost, program: string, script: string): Promise<void> {
  const path = pathOf(pmem, program);
  await rm(path);
  await writeProgram(path, script);
}

async function writeProgram(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

function pathOf({ host: { root } }: PmemHost, program: string): string {
  const paths = ['/usr/sbin', '/usr/bin'].map((folder) => root.path(`${folder}/${program}`));
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`there is no ${program}`);
  return found;
}
