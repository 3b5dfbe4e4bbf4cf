import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dropDeadHold, dropHold, exists, isHeld, takeHold } from './hold.ts';
import type { HandlerPaths } from './paths.ts';
import { StatsFiles } from './stats.ts';

/**
 * What the kernel does when a handler dies without saying goodbye: its event
 * queue is freed and its mount is dead. A shell waits on a pipe that closes
 * with the handler, however it ends; `done` on the pipe means there is nothing
 * left to do. Until then it shares the handler's hold, so that nobody takes the
 * place meanwhile. Arguments: pct_eq, stats folder, hold, scratch file.
 */
const afterDeath = `
read -r word
[ "$word" = done ] && exit 0
if [ -f "$1" ]; then echo 0 > "$4"; mv -f "$4" "$1"; fi
rm -rf "$2"/* "$4"
mv "$3" "$3.gone" && rm -rf "$3.gone"
`;

/** A NIC's one place for a retry handler, taken. */
export class Registration {
  readonly #paths: HandlerPaths;
  readonly #watcher: ChildProcess;

  /**
   * Takes the place.
   *
   * @param statsFolder host path of the folder for statistics
   * @throws Error with code EEXIST if another handler has it
   */
  static register(paths: HandlerPaths, statsFolder: string): Registration {
    releaseDead(paths);
    if (readFileSync(paths.pctEq, 'utf8').trim() !== '0') throw exists();
    const hold = takeHold(paths.hold, { pid: process.pid, statsFolder });
    return new Registration(paths, paths.simRoot + statsFolder, hold);
  }

  private constructor(paths: HandlerPaths, statsFolder: string, hold: number) {
    this.#paths = paths;
    const words = [paths.pctEq, statsFolder, paths.hold, paths.scratch];
    this.#watcher = spawn('/bin/sh', ['-c', afterDeath, 'sh', ...words], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore', hold],
      cwd: '/',
    });
    this.#watcher.unref();
    setQueue(paths, 1 + (process.pid % 2046));
  }

  /** Gives the place back, as closing the event queue in good order does. */
  release(): Promise<void> {
    setQueue(this.#paths, 0);
    dropHold(this.#paths.hold);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watcher.stdin?.end('done\n', () => resolve());
    return promise;
  }
}

/** True if a handler has the place, or one that died has not been cleaned up after yet. */
export function isRegistered(paths: HandlerPaths): boolean {
  return isHeld(paths.hold);
}

/**
 * Cleans up after a handler whose shell was killed with it, as all of a
 * container is: what the kernel does at once is done when somebody asks next.
 */
export function releaseDead(paths: HandlerPaths): void {
  const holder = dropDeadHold(paths.hold);
  if (holder === undefined) return;
  new StatsFiles(paths.simRoot + holder.statsFolder, paths.scratch).unmount();
  setQueue(paths, 0);
}

/** True if the path leads to something. */
export function present(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function setQueue(paths: HandlerPaths, id: number): void {
  if (!present(paths.pctEq)) return;
  writeFileSync(paths.scratch, `${id}\n`);
  renameSync(paths.scratch, paths.pctEq);
}
