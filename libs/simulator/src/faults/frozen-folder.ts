import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { FuseMount } from './fuse-mount.ts';

const server = fileURLToPath(new URL('./frozen-folder-server.ts', import.meta.url));

/**
 * A FUSE mount whose server takes every request and answers none. Who touches a
 * file in it sleeps uninterruptibly, as with a disk that does not answer: not even
 * SIGKILL ends it (fs/fuse/dev.c, request_wait_answer).
 */
export class FrozenFolder {
  readonly #mount: FuseMount;
  readonly #server: ChildProcess;

  private constructor(mount: FuseMount, server: ChildProcess) {
    this.#mount = mount;
    this.#server = server;
  }

  /** @throws HwError Forbidden if this process may not mount, see `canMountFuse` */
  static async mount(folder: string): Promise<FrozenFolder> {
    const mount = new FuseMount(folder, 'frozen');
    const device = mount.mount();
    const child = spawn(process.execPath, [server], { stdio: ['ignore', 'pipe', 'inherit', device] });
    mount.disconnect();
    // It has answered the first request, which asks for the version; before it nobody sleeps deeply.
    if (child.stdout !== null) await once(child.stdout, 'data');
    return new FrozenFolder(mount, child);
  }

  /** Whoever sleeps wakes with an error. */
  async unmount(): Promise<void> {
    this.#server.kill('SIGKILL');
    await once(this.#server, 'exit');
    this.#mount.unmount();
  }
}
