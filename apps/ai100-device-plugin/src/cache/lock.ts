import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, readdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { HostRoot, makeFolder } from '@rackwright/host';

/**
 * A lock among processes of a node, also in other namespaces: a folder with
 * sockets whose names are numbers. The owner listens at the one with the highest
 * number; when it dies, nobody listens there, and another may take the next
 * number, which only one can. A released socket stays, so that numbers never
 * begin anew while somebody still counts.
 */
export class NodeLock implements AsyncDisposable {
  readonly #server: Server;
  readonly #folder: FileHandle;

  private constructor(server: Server, folder: FileHandle) {
    this.#server = server;
    this.#folder = folder;
  }

  /** The lock, or undefined while another process has it. */
  static async take(path: string): Promise<NodeLock | undefined> {
    await makeFolder(path, { mode: 0o700 });
    const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    const lock = await NodeLock.#takeIn(folder).catch(async (error: unknown) => {
      await folder.close();
      throw error;
    });
    if (lock === undefined) await folder.close();
    return lock;
  }

  static async #takeIn(handle: FileHandle): Promise<NodeLock | undefined> {
    // Names of sockets are short, and the path of a host's tree may be long.
    const folder = new HostRoot().proc('self', 'fd', String(handle.fd));
    const numbers = await socketNumbers(folder);
    const newest = numbers.at(-1) ?? 0;
    if (newest > 0 && (await isAnswered(join(folder, String(newest))))) return undefined;
    const own = join(folder, randomUUID());
    const server = await listen(own);
    const isTaken = await link(own, join(folder, String(newest + 1))).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    await rm(own, { force: true });
    if (!isTaken) {
      await closed(server);
      return undefined;
    }
    await Promise.all(numbers.map((number) => rm(join(folder, String(number)), { force: true })));
    return new NodeLock(server, handle);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closed(this.#server);
    await this.#folder.close();
  }
}

async function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  await promise;
}

async function socketNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  const numbers = names.filter((name) => /^[1-9]\d{0,14}$/.test(name)).map(Number);
  return numbers.sort((a, b) => a - b);
}

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  // The lock alone keeps no process alive.
  server.unref();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(path, resolve);
  await promise;
  return server;
}

/** Whether a process listens at a socket. */
async function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => resolve(true));
  // Whatever else is wrong with it, nobody is known to have gone.
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(!gone.includes(error.code ?? '')));
  const answer = await promise;
  socket.destroy();
  return answer;
}

const gone = ['ECONNREFUSED', 'ENOENT'];
