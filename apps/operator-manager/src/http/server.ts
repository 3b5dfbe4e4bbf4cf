import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { aborted, type Clock, HwError, Latest, type Logger, type Runnable } from '@rackwright/core';
import {
  formatHealth,
  guardConnections,
  type HealthChecks,
  type HealthReport,
  keepAliveMs,
  type Registry,
  SharedWork,
} from '@rackwright/service';
import express, { type ErrorRequestHandler, type Express, type Response } from 'express';
import type { BindAddress } from './bind-address.ts';
import type { ServingCertificate } from './certificate.ts';
import { onlyScrapers, type ScrapeAccess } from './scrape-access.ts';

/** How long answers under way may take once the server stops. */
const closeGraceMs = 1000;
const requestTimeoutMs = 5000;

/** `/healthz` and `/readyz`; with `?verbose` every check with its age and last error. */
export function healthApp(health: HealthChecks, logger: Logger): Express {
  const app = bareApp();
  app.get('/healthz', async (request, response) => {
    answer(response, await health.live(), 'ok', 'verbose' in request.query);
  });
  app.get('/readyz', async (request, response) => {
    answer(response, await health.ready(), 'ready', 'verbose' in request.query);
  });
  return app.use(failure(logger));
}

/**
 * `/metrics` in the Prometheus text format; with `access` only for those who
 * may scrape. Scrapes at the same time share one answer.
 */
export function metricsApp(
  metrics: Pick<Registry, 'contentType' | 'metrics'>,
  logger: Logger,
  access?: ScrapeAccess,
): Express {
  const app = bareApp();
  if (access !== undefined) app.use(onlyScrapers(access));
  const answers = new SharedWork<Buffer>();
  const scrape = async (): Promise<Buffer> => Buffer.from(await metrics.metrics());
  app.get('/metrics', async (_request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const body = await answers.run('', gone.signal, scrape).catch((error: unknown) => {
      if (!gone.signal.aborted) throw error;
    });
    if (body === undefined) return;
    response.setHeader('content-type', metrics.contentType);
    response.end(body);
  });
  return app.use(failure(logger));
}

function bareApp(): Express {
  return express()
    .set('env', 'production')
    .disable('x-powered-by')
    .disable('etag')
    .set('query parser', 'simple');
}

/** Express takes a handler with four parameters for one of errors; its own would write to the console. */
function failure(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    logger.warn('http request failed', { path: request.path, error });
    if (response.headersSent) next(error);
    else response.status(500).type('text/plain').end('internal error\n');
  };
}

function answer(response: Response, report: HealthReport, good: string, verbose: boolean): void {
  const failed = report.checks
    .filter(({ ok }) => !ok)
    .map(({ name, message }) => `${name}: ${message ?? 'failed'}`);
  const text = verbose
    ? formatHealth(report)
    : report.ok
      ? `${good}\n`
      : `not ${good}: ${failed.join('; ')}\n`;
  response
    .status(report.ok ? 200 : 503)
    .type('text/plain')
    .end(text);
}

export interface HttpServerOptions {
  /** For logs. */
  readonly name: string;
  readonly app: Express;
  readonly address: BindAddress;
  /** Serves HTTPS with the newest of these; without it HTTP. */
  readonly certificate?: Latest<ServingCertificate>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Serves an express app until its signal aborts. */
export class HttpServer implements Runnable {
  readonly name: string;
  /** The port that is listened on; 0 until then. */
  readonly port = new Latest(0);
  readonly #options: HttpServerOptions;

  constructor(options: HttpServerOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** @throws HwError Unavailable if the address cannot be bound */
  async start(signal: AbortSignal): Promise<void> {
    using renewals = new DisposableStack();
    const server = this.#createServer(renewals);
    guardConnections(server, this.#options);
    await this.#listen(server);
    await aborted(signal);
    await this.#close(server);
  }

  #createServer(renewals: DisposableStack): Server {
    const { app, certificate } = this.#options;
    const limits = {
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: requestTimeoutMs / 4,
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: 8192,
    };
    if (certificate === undefined) return createServer(limits, app);
    const tls = { ...limits, minVersion: 'TLSv1.2', handshakeTimeout: requestTimeoutMs } as const;
    const server = createTlsServer({ ...tls, ...certificate.value }, app);
    // Connections that are open keep the certificate they began with.
    renewals.use(
      certificate.subscribe((next) => server.setSecureContext({ ...next, minVersion: 'TLSv1.2' })),
    );
    return server;
  }

  #listen(server: Server): Promise<void> {
    const { address, logger } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', (cause) => {
      reject(new HwError('Unavailable', `cannot listen on ${address.host ?? ''}:${address.port}`, { cause }));
    });
    server.listen(address, () => {
      const bound = server.address();
      this.port.set(typeof bound === 'object' && bound !== null ? bound.port : address.port);
      logger.debug('listening', { server: this.name, port: this.port.value });
      resolve();
    });
    return promise;
  }

  async #close(server: Server): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _ = this.#options.clock.timer(closeGraceMs, () => server.closeAllConnections());
    server.close(() => resolve());
    server.closeIdleConnections();
    await promise;
  }
}
