import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock } from '@rackwright/core';
import type { Connections } from './connections.ts';

/** Time for a connection to be there, TLS included. */
const connectTimeoutMs = 5_000;

/** One request as Node sends it. */
export interface ExchangeSpec {
  readonly options: RequestOptions;
  readonly body: string | undefined;
  readonly clock: Clock;
  /** Breaks the request off until the head of its answer is there. */
  readonly signal: AbortSignal;
  /** Told of the connection as soon as the request has one, and when it needs it no more. */
  readonly connections: Pick<Connections, 'add' | 'done'>;
  /** Called when the connection is there and nothing was sent; what it throws ends the request unsent. */
  beforeSend?(): void;
}

/** A kept connection was closed before it carried an answer. */
export class StaleConnection extends Error {}

/**
 * Sends one request and resolves with the head of its answer. Nothing is sent
 * before the connection is there, so that `beforeSend` is the last word.
 *
 * Possible errors: StaleConnection, an error when no connection came about in
 * five seconds, what `beforeSend` threw, the signal's reason, and Node's own.
 */
export function exchange(spec: ExchangeSpec): Promise<IncomingMessage> {
  const { options, body, clock, signal, connections, beforeSend } = spec;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  if (signal.aborted) {
    reject(signal.reason);
    return promise;
  }
  const request = (options.protocol === 'https:' ? httpsRequest : httpRequest)(options);
  const settle = (): void => signal.removeEventListener('abort', onAbort);
  const fail = (error: unknown): void => {
    settle();
    reject(error);
    request.destroy();
  };
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  request.on('response', (response) => {
    settle();
    resolve(response);
  });
  request.on('error', (error: NodeJS.ErrnoException) => {
    const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
    fail(stale ? new StaleConnection('connection was closed', { cause: error }) : error);
  });
  request.on('socket', (socket: Socket) => {
    connections.add(socket);
    request.once('close', () => connections.done(socket));
    whenConnected(socket, clock, (late) => {
      try {
        if (late !== undefined) throw late;
        beforeSend?.();
        request.end(body);
      } catch (error) {
        fail(error);
      }
    });
  });
  return promise;
}

/** Calls `then` once `socket` can carry a request, or with an error when that takes too long. */
function whenConnected(socket: Socket, clock: Clock, then: (late?: Error) => void): void {
  const isSecure = socket instanceof TLSSocket;
  if (isSecure ? hasHandshake(socket) : !socket.connecting) {
    then();
    return;
  }
  const event = isSecure ? 'secureConnect' : 'connect';
  const timer = clock.timer(connectTimeoutMs, () => {
    stop();
    then(new Error(`no connection within ${connectTimeoutMs} ms`));
  });
  const onConnect = (): void => {
    stop();
    then();
  };
  const stop = (): void => {
    timer[Symbol.dispose]();
    socket.off(event, onConnect).off('close', stop);
  };
  socket.on(event, onConnect).on('close', stop);
}

function hasHandshake(socket: TLSSocket): boolean {
  return !socket.connecting && socket.getFinished() !== undefined;
}
