import { randomBytes } from 'node:crypto';
import { lstatSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Server } from '@grpc/grpc-js';
import { type Clock, HwError } from '@rackwright/core';
import { ifPresent, ifReadable } from '@rackwright/host';
import { type ConnectionLimits, Connections, defaultLimits } from './connections.ts';
import type { Listener } from './listener.ts';
import { socketPath } from './socket-path.ts';

/** Where and how a server listens. */
export interface ServerSocketOptions {
  readonly folder: string;
  /** File name of the socket. */
  readonly name: string;
  readonly clock: Clock;
  readonly limits?: ConnectionLimits;
}

/**
 * A gRPC server's socket file. The server binds a name of its own and the file
 * is then renamed over the public one. So a stale or foreign socket is replaced
 * in one step, nobody can connect before the server is ready, and closing the
 * server (libuv unlinks what it bound) cannot take away another's socket.
 */
export class ServerSocket implements Listener {
  readonly address: string;
  readonly #inode: string | undefined;
  readonly #connections: Connections;

  private constructor(path: string, inode: string | undefined, connections: Connections) {
    this.address = path;
    this.#inode = inode;
    this.#connections = connections;
  }

  /**
   * Starts `server` on a socket.
   *
   * @throws HwError NotFound without the folder, InvalidArgument if the path is too long, Unavailable if binding fails
   */
  static async bind(server: Server, options: ServerSocketOptions): Promise<ServerSocket> {
    const { folder, name, clock, limits = defaultLimits } = options;
    const path = socketPath(folder, name);
    const own = join(dirname(path), `.${randomBytes(3).toString('hex')}`);
    const connections = new Connections(server, { clock, limits });
    try {
      await connections.listen({ path: own });
      const socket = new ServerSocket(path, inode(own), connections);
      renameSync(own, path);
      return socket;
    } catch (cause) {
      connections.close();
      server.forceShutdown();
      throw new HwError('Unavailable', `cannot serve on ${path}`, { cause });
    }
  }

  /** Whether clients that connect to the path reach this server; assumed while the path cannot be read. */
  get stands(): boolean {
    const now = ifReadable(this.#inode, () => inode(this.address));
    return now !== undefined && now === this.#inode;
  }

  /** Removes the file unless somebody else's has taken its place, and accepts no more clients. */
  remove(): void {
    if (this.stands) rmSync(this.address, { force: true });
    this.#connections.stopListening();
  }

  /** Resolves once no client is connected. */
  async ended(signal: AbortSignal): Promise<void> {
    await this.#connections.ended(signal);
  }

  /** Accepts no more and ends every connection. */
  close(): void {
    this.#connections.close();
  }
}

/** The inode of a bound socket stays in use, so no other file can get its number meanwhile. */
function inode(path: string): string | undefined {
  const stat = ifPresent(path, () => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return stat && `${stat.dev}:${stat.ino}`;
}
