import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '@rackwright/core';
import { openFilesLimit } from './open-files.ts';
import { type ConnectionLimits, type ConnectionUse, Places } from './places.ts';

/** How a server treats its clients. */
export interface ConnectionGuardOptions {
  readonly clock: Clock;
  /** Default: what `connectionLimits` says for this process. */
  readonly limits?: ConnectionLimits;
  /** Longest a client may take to take an answer, in milliseconds; default 10 000. */
  readonly takeTimeoutMs?: number;
}

/** Paths the kubelet asks: what they wait for costs a container its life. */
export const probePaths: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** Requests a client may send before the first of them is answered; no prober or scraper sends two. */
const maxAhead = 2;

/** A client that keeps its connection asks again within this time, or has it closed, in milliseconds. */
export const keepAliveMs = 10_000;

/** Room for a few probers and scrapers, and no more than a quarter of the files the process may open. */
export function connectionLimits(openFiles: number): ConnectionLimits {
  const most = Math.min(1024, Math.max(64, Math.floor(openFiles / 4)));
  return { places: Math.min(128, most / 2), most, stallTimeoutMs: 1000 };
}

/**
 * Keeps clients of an HTTP server from using up what probes need: connections
 * that idle, send no request or do not take their answer make room for new
 * ones, and an answer that is not taken in time ends its connection.
 */
export function guardConnections(server: Server, options: ConnectionGuardOptions): void {
  const guard = new ConnectionGuard(options);
  server.on('connection', (socket: Socket) => guard.admit(socket));
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) =>
    guard.watch(request, response),
  );
}

class ConnectionGuard {
  readonly #clock: Clock;
  readonly #takeTimeoutMs: number;
  readonly #places: Places<Socket>;
  /** Requests under way, by connection: a client may send several at once. */
  readonly #requests = new Map<Socket, number>();
  /** The connections by their other end, for over TLS a request comes on a socket of its own. */
  readonly #byPeer = new Map<string, Socket>();

  constructor({
    clock,
    limits = connectionLimits(openFilesLimit()),
    takeTimeoutMs = 10_000,
  }: ConnectionGuardOptions) {
    this.#clock = clock;
    this.#takeTimeoutMs = takeTimeoutMs;
    this.#places = new Places(limits);
  }

  admit(socket: Socket): void {
    const peer = peerOf(socket);
    this.#byPeer.set(peer, socket);
    socket.once('close', () => {
      this.#places.leave(socket);
      this.#requests.delete(socket);
      if (this.#byPeer.get(peer) === socket) this.#byPeer.delete(peer);
    });
    for (const victim of this.#places.admit(socket, this.#clock.monotonic())) this.#close(victim);
  }

  watch(request: IncomingMessage, response: ServerResponse): void {
    const socket = this.#byPeer.get(peerOf(request.socket)) ?? request.socket;
    if (socket.destroyed) return;
    const isProbe = probePaths.has((request.url ?? '').split('?', 1)[0] ?? '');
    const ahead = (this.#requests.get(socket) ?? 0) + 1;
    this.#requests.set(socket, ahead);
    if (ahead > maxAhead) {
      socket.resetAndDestroy();
      return;
    }
    this.#enter(socket, isProbe ? 'probe' : 'working');
    let timer: Disposable | undefined;
    response.once('prefinish', () => {
      if (!isProbe) this.#enter(socket, 'taking');
      timer = this.#clock.timer(this.#takeTimeoutMs, () => socket.resetAndDestroy());
    });
    response.once('close', () => {
      timer?.[Symbol.dispose]();
      const left = (this.#requests.get(socket) ?? 1) - 1;
      this.#requests.set(socket, left);
      if (left === 0) this.#enter(socket, 'idle');
    });
  }

  #enter(socket: Socket, use: ConnectionUse): void {
    // One that was closed must not be counted again.
    if (this.#places.use(socket) !== undefined) this.#places.enter(socket, use, this.#clock.monotonic());
  }

  /** An idle client may ask again on another connection; of the others nothing is to be kept, not even by the kernel. */
  #close(socket: Socket): void {
    if (this.#requests.get(socket) === 0) socket.destroy();
    else socket.resetAndDestroy();
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}|${remotePort}`;
}
