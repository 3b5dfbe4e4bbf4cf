import { randomBytes } from 'node:crypto';
import { lstatSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { HwError } from '@rackwright/core';
import { socketPath } from './socket-path.ts';

/**
 * A gRPC server's socket file. The server binds a name of its own and the file
 * is then renamed over the public one. So a stale or foreign socket is replaced
 * in one step, nobody can connect before the server is ready, and closing the
 * server (libuv unlinks what it bound) cannot take away another's socket.
 */
export class ServerSocket {
  /** Where clients connect. */
  readonly path: string;
  readonly #inode: string | undefined;

  private constructor(path: string, inode: string | undefined) {
    this.path = path;
    this.#inode = inode;
  }

  /**
   * Starts `server` on the socket `name` in `folder`.
   *
   * @throws HwError NotFound without the folder, InvalidArgument if the path is too long, Unavailable if binding fails
   */
  static async bind(server: Server, folder: string, name: string): Promise<ServerSocket> {
    const path = socketPath(folder, name);
    const own = join(dirname(path), `.${randomBytes(3).toString('hex')}`);
    try {
      await listen(server, own);
      const socket = new ServerSocket(path, inode(own));
      renameSync(own, path);
      return socket;
    } catch (cause) {
      server.forceShutdown();
      throw new HwError('Unavailable', `cannot serve on ${path}`, { cause });
    }
  }

  /** Whether clients that connect to the path reach this server. */
  get stands(): boolean {
    const now = inode(this.path);
    return now !== undefined && now === this.#inode;
  }

  /** Removes the file unless somebody else's has taken its place. */
  remove(): void {
    if (this.stands) rmSync(this.path, { force: true });
  }
}

function listen(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) => {
    if (error === null) resolve();
    else reject(error);
  });
  return promise;
}

/** The kernel keeps the inode of a bound socket in use, so its number cannot come back meanwhile. */
function inode(path: string): string | undefined {
  try {
    const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stat && `${stat.dev}:${stat.ino}`;
  } catch {
    return undefined;
  }
}
