import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HandlerPaths } from './paths.ts';

/**
 * What the kernel does when a handler dies without saying goodbye: its event
 * queue is freed and its mount is dead. A shell waits on a pipe that closes
 * with the handler, however it ends; `done` on the pipe means there is nothing
 * left to do. Arguments: pct_eq, stats folder, owner file, scratch file.
 */
const afterDeath = `
read -r word
[ "$word" = done ] && exit 0
if [ -f "$1" ]; then echo 0 > "$4"; mv -f "$4" "$1"; fi
rm -rf "$2"/* "$4"
rm -f "$3"
`;

/** A NIC's one place for a retry handler, taken. */
export class Registration {
  readonly #paths: HandlerPaths;
  readonly #watcher: ChildProcess;

  /**
   * Takes the place.
   *
   * @throws Error with code EEXIST if another handler has it
   */
  static register(paths: HandlerPaths, statsFolder: string): Registration {
    if (readFileSync(paths.pctEq, 'utf8').trim() !== '0') throw exists();
    mkdirSync(dirname(paths.owner), { recursive: true });
    writeFileSync(paths.owner, String(process.pid), { flag: 'wx' });
    return new Registration(paths, statsFolder);
  }

  private constructor(paths: HandlerPaths, statsFolder: string) {
    this.#paths = paths;
    const words = [paths.pctEq, statsFolder, paths.owner, paths.scratch];
    this.#watcher = spawn('/bin/sh', ['-c', afterDeath, 'sh', ...words], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    });
    this.#watcher.unref();
    this.#setQueue(1 + (process.pid % 2046));
  }

  /** Gives the place back, as closing the event queue in good order does. */
  release(): Promise<void> {
    if (present(this.#paths.pctEq)) this.#setQueue(0);
    rmSync(this.#paths.owner, { force: true });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watcher.stdin?.end('done\n', () => resolve());
    return promise;
  }

  #setQueue(id: number): void {
    writeFileSync(this.#paths.scratch, `${id}\n`);
    renameSync(this.#paths.scratch, this.#paths.pctEq);
  }
}

/** True if the path leads to something. */
export function present(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function exists(): Error {
  return Object.assign(new Error('File exists'), { code: 'EEXIST' });
}
