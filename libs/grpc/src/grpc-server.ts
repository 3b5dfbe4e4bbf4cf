import { Server } from '@grpc/grpc-js';
import { type Clock, withDeadline } from '@rackwright/core';
import { defaultLimits, serverOptions } from './connections.ts';
import { ServerSocket, type ServerSocketOptions } from './server-socket.ts';

/** Running calls get this long to finish when a server closes, in milliseconds. */
const CLOSE_GRACE_MS = 1000;

/** A gRPC server on a unix socket, from bind to close. */
export class GrpcServer {
  readonly #server: Server;
  readonly #socket: ServerSocket;
  readonly #clock: Clock;

  private constructor(server: Server, socket: ServerSocket, clock: Clock) {
    this.#server = server;
    this.#socket = socket;
    this.#clock = clock;
  }

  /**
   * @param addServices what is served
   * @throws HwError NotFound, InvalidArgument or Unavailable as `ServerSocket.bind` says
   */
  static async listen(
    addServices: (server: Server) => void,
    options: ServerSocketOptions,
  ): Promise<GrpcServer> {
    const server = new Server(serverOptions(options.limits ?? defaultLimits));
    addServices(server);
    return new GrpcServer(server, await ServerSocket.bind(server, options), options.clock);
  }

  /** Where clients connect. */
  get path(): string {
    return this.#socket.path;
  }

  /** Whether clients that connect to the path reach this server. */
  get stands(): boolean {
    return this.#socket.stands;
  }

  /** Removes the socket file, unless it is another's: no new client comes. */
  removeSocket(): void {
    this.#socket.remove();
  }

  /** Removes the socket, lets running calls finish and ends every connection. */
  async close(graceMs = CLOSE_GRACE_MS): Promise<void> {
    this.removeSocket();
    await withDeadline(this.#clock, graceMs, 'closing', (signal) => this.#shutdown(signal)).catch(
      () => undefined,
    );
    this.#socket.close();
    this.#server.forceShutdown();
  }

  async #shutdown(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.tryShutdown(() => resolve());
    await promise;
    // Node closes the sessions itself meanwhile, and grpc-js does not wait for one that is closing.
    await this.#socket.ended(signal);
  }
}
