import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '@rackwright/core';
import { temporaryFolder } from '../process/temporary-folder.ts';
import { catalogue, type ProgramSpec } from './catalogue.ts';
import { ProgramResolver } from './resolver.ts';

/** Folder of a Go module that builds in seconds without any download. */
export const tinyModule = fileURLToPath(new URL('./testdata/go-module', import.meta.url));

/** A shell script that stands for a program of `version`. */
export function script(version: string): string {
  return `#!/bin/sh\necho "tiny ${version}"\n`;
}

export async function writeProgram(path: string, content: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, 0o755);
  return path;
}

/** A machine that has nothing but what a test gives it; `kubeconform` stands for every program. */
export class Machine implements AsyncDisposable {
  readonly folder: string;
  readonly lines: string[] = [];
  /** The search path: only this folder. */
  readonly bin: string;
  readonly cached: string;
  env: NodeJS.ProcessEnv;
  spec: ProgramSpec;
  readonly #dispose: () => Promise<void>;

  private constructor(folder: string, dispose: () => Promise<void>) {
    this.folder = folder;
    this.bin = join(folder, 'bin');
    this.cached = join(folder, 'cache/rackwright/programs/kubeconform/v1.2.3/kubeconform');
    this.env = { XDG_CACHE_HOME: join(folder, 'cache'), HOME: folder, PATH: this.bin };
    this.spec = {
      name: 'kubeconform',
      version: 'v1.2.3',
      versionArgs: ['--version'],
      source: { folder: tinyModule, package: '.', ldflags: '-X main.version=v1.2.3' },
      release: () => undefined,
    };
    this.#dispose = dispose;
  }

  static async create(): Promise<Machine> {
    const folder = await temporaryFolder('rwprog-');
    return new Machine(folder.path, () => folder[Symbol.asyncDispose]());
  }

  resolver(options: { clock?: Clock; onLine?: (line: string) => void } = {}): ProgramResolver {
    return new ProgramResolver({
      env: this.env,
      clock: options.clock ?? systemClock,
      progress: (line) => {
        this.lines.push(line);
        options.onLine?.(line);
      },
      catalogue: { ...catalogue, kubeconform: this.spec },
      downloadLimits: { answerMs: 500, stallMs: 500 },
    });
  }

  /** Everything below the cache folder that is neither a finished program nor a folder on the way to one. */
  async leftovers(): Promise<string[]> {
    const root = join(this.folder, 'cache');
    const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter(
        (entry) => !entry.isDirectory() || entry.name.startsWith('.') || entry.name.startsWith('build-'),
      )
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => path !== this.cached);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#dispose();
  }
}
