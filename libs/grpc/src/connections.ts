import { createServer, type ListenOptions, type Socket, type Server as SocketServer } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { type ConnectionInjector, type Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { type Clock, Latest } from '@rackwright/core';
import { peerFault, type ServerTls, secureContext } from './tls.ts';

/** Limits on what connections alone may cost a server. */
export interface ConnectionLimits {
  /** Connections at a time. One more replaces the one that has sent the least. */
  readonly connections: number;
  /** Open calls of one connection. */
  readonly calls: number;
  /** How long a new connection may take for its first bytes, in milliseconds. */
  readonly greetingMs: number;
  /** How often the other side is pinged, and how long it has to answer, in milliseconds. */
  readonly pingMs: number;
  readonly pongMs: number;
  /** How long a connection may be without a call, in milliseconds. */
  readonly idleMs: number;
}

/**
 * Far above what the kubelet needs. It holds one connection for each registration,
 * and its client answers pings by itself, so that a stream without traffic stays
 * open for days. Other instances of the plugin hold a connection without a call
 * and open it again when it ends.
 */
export const defaultLimits: ConnectionLimits = {
  connections: 64,
  calls: 64,
  greetingMs: 10_000,
  pingMs: 60_000,
  pongMs: 30_000,
  idleMs: 600_000,
};

/** Longest request in bytes, more than all ids that the kubelet may list for a pod. */
const MAX_REQUEST = 4 * 1024 * 1024;

/** What connections are accepted with. */
export interface ConnectionOptions {
  readonly clock: Clock;
  readonly limits: ConnectionLimits;
  /** Default none: whoever may open the socket may call. */
  readonly tls?: ServerTls | undefined;
}

/** What gRPC itself enforces of the limits. */
export function serverOptions({ calls, pingMs, pongMs, idleMs }: ConnectionLimits): ServerOptions {
  return {
    'grpc.max_concurrent_streams': calls,
    'grpc.keepalive_time_ms': pingMs,
    'grpc.keepalive_timeout_ms': pongMs,
    'grpc.max_connection_idle_ms': idleMs,
    'grpc.max_receive_message_length': MAX_REQUEST,
    // Nobody asks for the statistics that gRPC would keep of every connection and call.
    'grpc.enable_channelz': 0,
  };
}

/** The preface of a client and the head of the settings frame after it (RFC 9113, 3.4). */
const GREETING_BYTES = 24 + 9;

/**
 * Accepts connections for a gRPC server. One that is opened and
 * then left alone ends: before its greeting by a deadline, later by pings.
 */
export class Connections {
  readonly #injector: ConnectionInjector;
  readonly #server: SocketServer;
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #open = new Set<Socket>();
  readonly #count = new Latest(0);
  #renewal: Disposable | undefined;

  constructor(server: Server, { clock, limits, tls }: ConnectionOptions) {
    this.#injector = server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#clock = clock;
    this.#limits = limits;
    this.#server = tls === undefined ? this.#plain() : this.#secure(tls);
  }

  /** @throws what binding fails with */
  async listen(where: ListenOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(where, resolve);
    await promise;
    this.#server.off('error', reject);
    // A connection that cannot be accepted, for instance without a free descriptor, must not end the process.
    this.#server.on('error', () => undefined);
  }

  /** The port that is listened on; undefined for a unix socket. */
  get port(): number | undefined {
    const address = this.#server.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  /** Accepts no more. */
  stopListening(): void {
    this.#server.close();
  }

  /** Resolves once no connection is open. */
  async ended(signal: AbortSignal): Promise<void> {
    await this.#count.until((count) => count === 0, signal);
  }

  /** Accepts no more and ends what is open. */
  close(): void {
    this.#server.close();
    this.#renewal?.[Symbol.dispose]();
    this.#injector.destroy();
    for (const socket of this.#open) socket.destroy();
  }

  #plain(): SocketServer {
    return createServer((socket) => {
      this.#admit(socket);
      this.#serve(socket);
    });
  }

  #secure(tls: ServerTls): TlsServer {
    const { identity, peerName, refused } = tls;
    const options = { requestCert: true, handshakeTimeout: this.#limits.greetingMs, ALPNProtocols: ['h2'] };
    const server = createTlsServer({ ...options, ...secureContext(identity.value) });
    this.#renewal = identity.subscribe((newest) => server.setSecureContext(secureContext(newest)));
    server.on('connection', (socket: Socket) => this.#admit(socket));
    server.on('tlsClientError', (error: Error, { authorizationError }: TLSSocket) => {
      // Of a certificate that is not trusted the error says only that the connection was ended.
      refused?.(authorizationError ? String(authorizationError) : error.message);
    });
    return server.on('secureConnection', (socket: TLSSocket) => {
      const fault = peerFault(socket, peerName);
      if (fault === undefined) return this.#serve(socket);
      refused?.(fault.message);
      socket.destroy();
    });
  }

  /** Counts a connection until it ends. */
  #admit(socket: Socket): void {
    if (this.#open.size >= this.#limits.connections) this.#quietest()?.destroy();
    this.#open.add(socket);
    this.#count.set(this.#open.size);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#count.set(this.#open.size);
    });
  }

  #serve(socket: Socket): void {
    const deadline = this.#clock.timer(this.#limits.greetingMs, () => {
      if (socket.bytesRead < GREETING_BYTES) socket.destroy();
    });
    socket.once('close', () => deadline[Symbol.dispose]());
    this.#injector.injectConnection(socket);
  }

  /** Clients that call have sent more than those that only connect; of equals the oldest had the most time. */
  #quietest(): Socket | undefined {
    let quietest: Socket | undefined;
    for (const socket of this.#open) {
      if (quietest === undefined || socket.bytesRead < quietest.bytesRead) quietest = socket;
    }
    return quietest;
  }
}
