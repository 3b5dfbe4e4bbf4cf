import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const server = fileURLToPath(new URL('./frozen-folder-server.ts', import.meta.url));

/** Whether this process may make such a folder: it needs root and /dev/fuse. */
export function canFreeze(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    closeSync(openSync('/dev/fuse', 'r+'));
    return true;
  } catch {
    return false;
  }
}

/**
 * A FUSE mount whose server takes every request and answers none. Who touches a
 * file in it sleeps uninterruptibly, as with a disk that does not answer: not even
 * SIGKILL ends it (fs/fuse/dev.c, request_wait_answer).
 */
export class FrozenFolder {
  readonly #folder: string;
  readonly #server: ChildProcess;

  private constructor(folder: string, server: ChildProcess) {
    this.#folder = folder;
    this.#server = server;
  }

  static async mount(folder: string): Promise<FrozenFolder> {
    const device = openSync('/dev/fuse', 'r+');
    const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
    const made = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'frozen', folder], {
      stdio: ['ignore', 'ignore', 'pipe', device],
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`cannot mount ${folder}: ${made.stderr}`);
    const child = spawn(process.execPath, [server], { stdio: ['ignore', 'pipe', 'inherit', device] });
    closeSync(device);
    // It has answered the first request, which asks for the version; before it nobody sleeps deeply.
    if (child.stdout !== null) await once(child.stdout, 'data');
    return new FrozenFolder(folder, child);
  }

  /** Whoever sleeps wakes with an error. */
  async unmount(): Promise<void> {
    this.#server.kill('SIGKILL');
    await once(this.#server, 'exit');
    spawnSync('umount', ['-l', this.#folder]);
  }
}
