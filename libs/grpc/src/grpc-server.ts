import { Server } from '@grpc/grpc-js';
import { type Clock, withDeadline } from '@rackwright/core';
import { type ConnectionLimits, defaultLimits, serverOptions } from './connections.ts';
import type { Listener } from './listener.ts';
import { ServerPort, type ServerPortOptions } from './server-port.ts';
import { ServerSocket, type ServerSocketOptions } from './server-socket.ts';

/** Running calls get this long to finish when a server closes, in milliseconds. */
const CLOSE_GRACE_MS = 1000;

/** A gRPC server on a unix socket or a port, from bind to close. */
export class GrpcServer {
  readonly #server: Server;
  readonly #listener: Listener;
  readonly #clock: Clock;

  private constructor(server: Server, listener: Listener, clock: Clock) {
    this.#server = server;
    this.#listener = listener;
    this.#clock = clock;
  }

  /**
   * Serves on a unix socket.
   *
   * @param addServices what is served
   * @throws HwError NotFound, InvalidArgument or Unavailable as `ServerSocket.bind` says
   */
  static async listen(
    addServices: (server: Server) => void,
    options: ServerSocketOptions,
  ): Promise<GrpcServer> {
    const server = newServer(addServices, options.limits);
    return new GrpcServer(server, await ServerSocket.bind(server, options), options.clock);
  }

  /**
   * Serves on a port, for clients that show the right certificate.
   *
   * @throws HwError InvalidArgument or Unavailable as `ServerPort.bind` says
   */
  static async listenTls(
    addServices: (server: Server) => void,
    options: ServerPortOptions,
  ): Promise<GrpcServer> {
    const server = newServer(addServices, options.limits);
    return new GrpcServer(server, await ServerPort.bind(server, options), options.clock);
  }

  /** Where clients connect: the path of the socket, or `tcp://host:port`. */
  get address(): string {
    return this.#listener.address;
  }

  /** Whether clients that connect there reach this server. */
  get stands(): boolean {
    return this.#listener.stands;
  }

  /** No new client comes: removes the socket file, unless it is another's. */
  stopListening(): void {
    this.#listener.remove();
  }

  /** Stops listening, lets running calls finish and ends every connection. */
  async close(graceMs = CLOSE_GRACE_MS): Promise<void> {
    this.stopListening();
    await withDeadline(this.#clock, graceMs, 'closing', (signal) => this.#shutdown(signal)).catch(
      () => undefined,
    );
    this.#listener.close();
    this.#server.forceShutdown();
  }

  async #shutdown(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.tryShutdown(() => resolve());
    await promise;
    // Node closes the sessions itself meanwhile, and grpc-js does not wait for one that is closing.
    await this.#listener.ended(signal);
  }
}

function newServer(addServices: (server: Server) => void, limits: ConnectionLimits = defaultLimits): Server {
  const server = new Server(serverOptions(limits));
  addServices(server);
  return server;
}
