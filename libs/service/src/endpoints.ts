import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  aborted,
  type Clock,
  errorMessage,
  HwError,
  Latest,
  type Logger,
  type Runnable,
  withDeadline,
} from '@rackwright/core';
import { formatHealth, type HealthChecks, type HealthReport } from './health.ts';
import { bindAddress } from './paths.ts';

/** What an endpoint answers. */
export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** What an endpoint is told of the request. */
export interface HttpQuery {
  readonly query: URLSearchParams;
  /** Aborts when the time for an answer is over or the client is gone. */
  readonly signal: AbortSignal;
}

/** Answers GET and HEAD of one path. A throw becomes 500 and a log line. */
export type HttpHandler = (request: HttpQuery) => HttpReply | Promise<HttpReply>;

/** What a metrics registry must be able to do; prom-client's `Registry` is one. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface HttpEndpointsOptions {
  /** TCP port; 0 picks a free one. */
  readonly port: number;
  /** Address to bind; default all interfaces, or what the simulated cluster says. */
  readonly address?: string;
  readonly health: HealthChecks;
  /** Served at `/metrics`; without it that path is unknown. */
  readonly metrics?: MetricsSource;
  /** Further paths, such as `/status`. */
  readonly routes?: Readonly<Record<string, HttpHandler>>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  /** Longest an endpoint may take to answer; then 503. Default 30 s. */
  readonly handlerTimeoutMs?: number;
  /** Longest a client may take to send its request. Default 5 s. */
  readonly requestTimeoutMs?: number;
}

/** More connections at once than any prober and scraper needs. */
const MAX_CONNECTIONS = 128;
/** How long answers under way may take once the server stops. */
const CLOSE_GRACE_MS = 1000;

/**
 * The HTTP endpoints of an app: `/healthz`, `/readyz`, `/metrics` and its own
 * paths. Only GET and HEAD, no request bodies; slow, large and odd requests
 * are cut off. Reading costs no more than Node's own http module.
 */
export class HttpEndpoints implements Runnable {
  readonly name = 'http';
  /** The port that is listened on; 0 until then. */
  readonly port = new Latest(0);
  readonly #options: HttpEndpointsOptions;
  readonly #routes: ReadonlyMap<string, HttpHandler>;

  constructor(options: HttpEndpointsOptions) {
    this.#options = options;
    const { health, metrics } = options;
    this.#routes = new Map<string, HttpHandler>([
      ['/healthz', async (request) => healthReply(await health.live(), 'ok', request)],
      ['/readyz', async (request) => healthReply(await health.ready(), 'ready', request)],
      ...(metrics === undefined ? [] : [['/metrics', () => metricsReply(metrics)] as const]),
      ...Object.entries(options.routes ?? {}),
    ]);
  }

  /** @throws HwError Unavailable if the port cannot be bound */
  async start(signal: AbortSignal): Promise<void> {
    const server = this.#createServer();
    try {
      await this.#listen(server);
      await aborted(signal);
    } finally {
      await this.#close(server);
    }
  }

  #createServer(): Server {
    const timeout = this.#options.requestTimeoutMs ?? 5000;
    const server = createServer({
      maxHeaderSize: 8192,
      headersTimeout: timeout,
      requestTimeout: timeout,
      connectionsCheckingInterval: Math.max(50, timeout / 4),
      keepAliveTimeout: 65_000,
    });
    server.maxConnections = MAX_CONNECTIONS;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#answer(request, response);
    });
    return server;
  }

  #listen(server: Server): Promise<void> {
    const { port, logger, env } = this.#options;
    const host = this.#options.address ?? bindAddress(env);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', (cause) => {
      reject(new HwError('Unavailable', `cannot listen on ${host ?? ''}:${port}`, { cause }));
    });
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      server.removeAllListeners('error');
      server.on('error', (error) => logger.warn('http server', { error }));
      this.port.set(bound);
      logger.debug('http server listens', { address: host ?? '*', port: bound });
      resolve();
    });
    return promise;
  }

  async #close(server: Server): Promise<void> {
    if (!server.listening) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.timer(CLOSE_GRACE_MS, () => server.closeAllConnections());
    server.close(() => resolve());
    server.closeIdleConnections();
    await promise;
    timer[Symbol.dispose]();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
    const reply = await this.#reply(request, path, new URLSearchParams(search), response);
    if (response.destroyed) return;
    response.writeHead(reply.status, {
      'content-type': reply.contentType,
      'content-length': Buffer.byteLength(reply.body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(reply.status === 405 ? { allow: 'GET, HEAD' } : {}),
      ...(hasBody(request) ? { connection: 'close' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : reply.body);
  }

  async #reply(
    request: IncomingMessage,
    path: string,
    query: URLSearchParams,
    response: ServerResponse,
  ): Promise<HttpReply> {
    const handler = this.#routes.get(path);
    if (handler === undefined)
      return text(404, `not found; there is ${[...this.#routes.keys()].join(' ')}\n`);
    if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'only GET and HEAD\n');
    if (hasBody(request)) return text(413, 'no request body, please\n');
    const gone = new AbortController();
    response.once('close', () => gone.abort(new HwError('Cancelled', 'the client is gone')));
    const { clock, logger, handlerTimeoutMs = 30_000 } = this.#options;
    try {
      const work = async (signal: AbortSignal): Promise<HttpReply> => handler({ query, signal });
      return await withDeadline(clock, handlerTimeoutMs, path, work, gone.signal);
    } catch (error) {
      if (gone.signal.aborted) return text(503, 'cancelled\n');
      logger.warn('http request failed', { path, error });
      return text(
        error instanceof HwError && error.code === 'DeadlineExceeded' ? 503 : 500,
        `${errorMessage(error)}\n`,
      );
    }
  }
}

function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function text(status: number, body: string): HttpReply {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

/** An answer in JSON, for `/status` and the like. */
export function jsonReply(value: unknown, status = 200): HttpReply {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}

async function metricsReply(metrics: MetricsSource): Promise<HttpReply> {
  return { status: 200, contentType: metrics.contentType, body: await metrics.metrics() };
}

function healthReply(health: HealthReport, good: string, { query }: HttpQuery): HttpReply {
  const status = health.ok ? 200 : 503;
  if (query.has('verbose')) return text(status, formatHealth(health));
  if (health.ok) return text(status, `${good}\n`);
  const failed = health.checks.filter((check) => !check.ok);
  return text(
    status,
    `not ${good}: ${failed.map((check) => `${check.name}: ${check.message ?? 'failed'}`).join('; ')}\n`,
  );
}
