import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import {
  aborted,
  type Clock,
  errorMessage,
  HwError,
  Latest,
  type Logger,
  type Runnable,
} from '@rackwright/core';
import { type ConnectionGuardOptions, guardConnections, keepAliveMs } from '@rackwright/service';
import type { Express } from 'express';
import type { BindAddress } from './bind-address.ts';
import type { CertificateSource, ServingCertificate } from './certificate.ts';

/** How long answers under way may take once the server stops, unless told otherwise. */
const defaultCloseGraceMs = 1000;
const defaultRequestTimeoutMs = 5000;
/** Older versions of TLS are not spoken. */
const minVersion = 'TLSv1.2';

/** How a server treats its clients; times in milliseconds. */
export interface ServerLimits extends Pick<ConnectionGuardOptions, 'limits' | 'takeTimeoutMs'> {
  /** Longest a client may take to begin with TLS, and to send a request with its body; default 5000. */
  readonly requestTimeoutMs?: number;
  /**
   * A connection that is not used for so long is closed; default 10000. Of a
   * client that sends what it cannot send twice, such as an API server that asks
   * a webhook, it must be longer than the client's own limit, or a request may
   * meet the end of the connection.
   */
  readonly keepAliveMs?: number;
  /** Once told to stop, new clients are still served for so long, for those that have not heard of it; default 0. */
  readonly drainMs?: number;
  /** After that, what clients sent is still read, and answers under way may take so long; default 1000. */
  readonly closeGraceMs?: number;
}

export interface HttpServerOptions {
  /** For logs. */
  readonly name: string;
  readonly app: Express;
  readonly address: BindAddress;
  /** Serves HTTPS with the newest of these; without it HTTP. */
  readonly certificate?: CertificateSource;
  readonly limits?: ServerLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Serves an express app until its signal aborts. A new certificate is taken over
 * without closing anything: connections that are open keep the one they began
 * with. When it stops, it tells its clients to go with each answer.
 */
export class HttpServer implements Runnable {
  readonly name: string;
  /** The port that is listened on; 0 until then. */
  readonly port = new Latest(0);
  readonly #options: HttpServerOptions;
  readonly #limits: ServerLimits;
  /** Answers that are not complete. */
  readonly #open = new Set<ServerResponse>();
  /** Also those that have not begun with TLS, which Node's own list lacks. */
  readonly #sockets = new Set<Socket>();
  #stopping = false;
  /** Connections and requests so far. */
  #arrived = 0;

  constructor(options: HttpServerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#limits = options.limits ?? {};
  }

  /** @throws HwError Unavailable if the address cannot be bound, FailedPrecondition if the first certificate cannot be used */
  async start(signal: AbortSignal): Promise<void> {
    using renewals = new DisposableStack();
    const server = this.#createServer(renewals);
    guardConnections(server, { clock: this.#options.clock, ...this.#limits });
    server.on('connection', (socket: Socket) => {
      this.#arrived += 1;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.prependListener('request', (_: IncomingMessage, response: ServerResponse) =>
      this.#track(response),
    );
    await this.#listen(server);
    await aborted(signal);
    await this.#close(server);
  }

  #createServer(renewals: DisposableStack): Server {
    const { app, certificate } = this.#options;
    const timeout = this.#limits.requestTimeoutMs ?? defaultRequestTimeoutMs;
    const limits = {
      headersTimeout: timeout,
      requestTimeout: timeout,
      connectionsCheckingInterval: timeout / 4,
      keepAliveTimeout: this.#limits.keepAliveMs ?? keepAliveMs,
      maxHeaderSize: 8192,
    };
    if (certificate === undefined) return createServer(limits, app);
    const tls = { ...limits, minVersion, handshakeTimeout: timeout } as const;
    const server = this.#createTlsServer({ ...tls, ...certificate.current() });
    renewals.use(certificate.changes.subscribe((next) => this.#renew(server, next)));
    return server;
  }

  #createTlsServer(options: ServerOptions): TlsServer {
    try {
      return createTlsServer(options, this.#options.app);
    } catch (cause) {
      throw new HwError('FailedPrecondition', `${this.name}: the certificate cannot be used`, { cause });
    }
  }

  /** A certificate that cannot be used must not cost the one that can. */
  #renew(server: TlsServer, { cert, key }: ServingCertificate): void {
    try {
      createSecureContext({ cert, key, minVersion });
      server.setSecureContext({ cert, key, minVersion });
    } catch (error) {
      const fields = { server: this.name, error: errorMessage(error) };
      this.#options.logger.error('the new certificate cannot be used; the one before it goes on', fields);
    }
  }

  #track(response: ServerResponse): void {
    this.#arrived += 1;
    this.#open.add(response);
    if (this.#stopping) response.shouldKeepAlive = false;
    response.once('close', () => this.#open.delete(response));
  }

  #listen(server: Server): Promise<void> {
    const { address, logger } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', (cause) => {
      reject(new HwError('Unavailable', `cannot listen on ${address.host ?? ''}:${address.port}`, { cause }));
    });
    server.listen(address, () => {
      // Such as no file left for a connection: that must not end the process.
      server.removeAllListeners('error');
      server.on('error', (error) => logger.warn('http server', { server: this.name, error }));
      const bound = server.address();
      this.port.set(typeof bound === 'object' && bound !== null ? bound.port : address.port);
      logger.debug('listening', { server: this.name, port: this.port.value });
      resolve();
    });
    return promise;
  }

  async #close(server: Server): Promise<void> {
    const { clock } = this.#options;
    const { drainMs = 0, closeGraceMs = defaultCloseGraceMs } = this.#limits;
    this.#stopping = true;
    for (const response of this.#open) response.shouldKeepAlive = false;
    if (drainMs > 0) await clock.sleep(drainMs);
    const { promise, resolve } = Promise.withResolvers<void>();
    let mayTake = true;
    using _ = clock.timer(closeGraceMs, () => {
      mayTake = false;
      for (const socket of this.#sockets) socket.destroy();
    });
    while (mayTake && (await this.#takesMore()));
    server.close(() => resolve());
    server.closeIdleConnections();
    await promise;
  }

  /**
   * Whether clients had sent what was not read yet. Where a processor is short the
   * time to drain is over before that is looked at, and to close would lose it.
   */
  async #takesMore(): Promise<boolean> {
    const before = this.#arrived;
    // The first may end a turn of the event loop that had looked at sockets already.
    for (let turn = 0; turn < 2; turn++) await setImmediate();
    return this.#arrived > before;
  }
}
