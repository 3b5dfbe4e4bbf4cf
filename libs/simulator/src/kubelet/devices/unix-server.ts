import { realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { HwError } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';

/** sun_path of sockaddr_un on Linux, less the ending NUL. */
const maxSocketPath = 107;

/** A gRPC server on a unix socket; one that is left over from before is replaced. */
export class UnixServer {
  readonly socket: string;
  readonly #server: Server;

  private constructor(socket: string, server: Server) {
    this.socket = socket;
    this.#server = server;
  }

  /** @throws HwError InvalidArgument when the real path is too long for a socket */
  static async listen(
    path: string,
    service: ServiceDefinition,
    implementation: UntypedServiceImplementation,
  ): Promise<UnixServer> {
    await makeFolder(dirname(path), { mode: 0o750 });
    const socket = join(await realpath(dirname(path)), basename(path));
    if (Buffer.byteLength(socket) > maxSocketPath) {
      throw new HwError('InvalidArgument', `${socket} is longer than ${maxSocketPath} bytes`, {
        remedy: 'use a shorter run folder',
      });
    }
    await rm(socket, { force: true });
    const server = new Server();
    server.addService(service, implementation);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
    await promise;
    return new UnixServer(socket, server);
  }

  /** Drops every call and removes the socket. */
  async close(): Promise<void> {
    this.#server.forceShutdown();
    await rm(this.socket, { force: true });
  }
}
