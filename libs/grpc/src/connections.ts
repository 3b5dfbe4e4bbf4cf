import { createServer, type Socket, type Server as SocketServer } from 'node:net';
import { type ConnectionInjector, type Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import { type Clock, Latest } from '@rackwright/core';

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

/** What gRPC itself enforces of the limits. */
export function serverOptions({ calls, pingMs, pongMs, idleMs }: ConnectionLimits): ServerOptions {
  return {
    'grpc.max_concurrent_streams': calls,
    'grpc.keepalive_time_ms': pingMs,
    'grpc.keepalive_timeout_ms': pongMs,
    'grpc.max_connection_idle_ms': idleMs,
    'grpc.max_receive_message_length': MAX_REQUEST,
  };
}

/** The preface of a client and the head of the settings frame after it (RFC 9113, 3.4). */
const GREETING_BYTES = 24 + 9;

/**
 * Accepts connections for a gRPC server on a unix socket. One that is opened and
 * then left alone ends: before its greeting by a deadline, later by pings.
 */
export class Connections {
  readonly #injector: ConnectionInjector;
  readonly #server: SocketServer;
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #open = new Set<Socket>();
  readonly #count = new Latest(0);

  constructor(server: Server, clock: Clock, limits: ConnectionLimits) {
    this.#injector = server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#clock = clock;
    this.#limits = limits;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @throws what binding fails with */
  async listen(path: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(path, resolve);
    await promise;
    this.#server.off('error', reject);
    // A connection that cannot be accepted, for instance without a free descriptor, must not end the process.
    this.#server.on('error', () => undefined);
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
    this.#injector.destroy();
    for (const socket of this.#open) socket.destroy();
  }

  #accept(socket: Socket): void {
    if (this.#open.size >= this.#limits.connections) this.#quietest()?.destroy();
    this.#open.add(socket);
    this.#count.set(this.#open.size);
    const deadline = this.#clock.timer(this.#limits.greetingMs, () => {
      if (socket.bytesRead < GREETING_BYTES) socket.destroy();
    });
    socket.once('close', () => {
      deadline[Symbol.dispose]();
      this.#open.delete(socket);
      this.#count.set(this.#open.size);
    });
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
