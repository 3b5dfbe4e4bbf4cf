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
import { guardConnections, keepAliveMs, probePaths } from './connection-guard.ts';
import { formatHealth, type HealthChecks, type HealthReport } from './health.ts';
import { bindAddress } from './paths.ts';
import type { ConnectionLimits } from './places.ts';
import { SharedWork } from './shared-work.ts';
import { UntakenAnswers } from './untaken.ts';

/** What an endpoint answers. */
export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** An answer as it is sent. */
type Answer = HttpReply & { readonly body: Uint8Array };

/** What an endpoint is told of the request. */
export interface HttpQuery {
  readonly query: URLSearchParams;
  /** The format the client asks for; most do not care. */
  readonly accept: 'openmetrics' | 'any';
  /** Aborts when the time for an answer is over or nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/**
 * Answers GET and HEAD of one path. Who asks the same while an answer is being
 * made gets that one. A throw becomes 500 and a log line.
 */
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
  /** Longest a client may take to take an answer. Default 10 s. */
  readonly takeTimeoutMs?: number;
  /** Default: what the process has room for. */
  readonly limits?: ConnectionLimits;
}

/** Different answers that are being made at once, beside those to probes. */
const MAX_ANSWERS = 16;
/** Bytes of answers that clients have not taken yet. */
const MAX_UNTAKEN = 32 * 1024 * 1024;
/** How long answers under way may take once the server stops. */
const CLOSE_GRACE_MS = 1000;

/**
 * The HTTP endpoints of an app: `/healthz`, `/readyz`, `/metrics` and its own
 * paths. Only GET and HEAD, no request bodies; slow, large and odd requests
 * are cut off. However many clients there are and whatever they do, probes are
 * answered: see `guardConnections`. Reading costs no more than Node's own http
 * module.
 */
export class HttpEndpoints implements Runnable {
  readonly name = 'http';
  /** The port that is listened on; 0 until then. */
  readonly port = new Latest(0);
  readonly #options: HttpEndpointsOptions;
  readonly #routes: ReadonlyMap<string, HttpHandler>;
  readonly #answers = new SharedWork<Answer>();
  readonly #untaken = new UntakenAnswers(MAX_UNTAKEN);

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
      keepAliveTimeout: keepAliveMs,
    });
    guardConnections(server, this.#options);
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
    // What came in one piece with too much else is still handed over.
    if (request.socket.destroyed) return;
    const reply = await this.#reply(request, response);
    if (response.destroyed) return;
    response.writeHead(reply.status, {
      'content-type': reply.contentType,
      'content-length': reply.body.length,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(reply.status === 405 ? { allow: 'GET, HEAD' } : {}),
      ...(hasBody(request) ? { connection: 'close' } : {}),
    });
    if (request.method === 'HEAD') response.end();
    else {
      this.#untaken.add(response, reply.body);
      response.end(reply.body);
    }
  }

  async #reply(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
    const handler = this.#routes.get(path);
    if (handler === undefined)
      return text(404, `not found; there is ${[...this.#routes.keys()].join(' ')}\n`);
    if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'only GET and HEAD\n');
    if (hasBody(request)) return text(413, 'no request body, please\n');
    const accept = request.headers.accept?.includes('application/openmetrics-text') ? 'openmetrics' : 'any';
    const key = `${accept} ${path}?${search}`;
    if (!probePaths.has(path) && !this.#answers.has(key) && this.#answers.size >= MAX_ANSWERS)
      return text(503, 'busy with other requests\n');
    const gone = new AbortController();
    response.once('close', () => gone.abort(new HwError('Cancelled', 'the client is gone')));
    const make = (signal: AbortSignal): Promise<Answer> =>
      this.#make(
        path,
        async (inTime) => handler({ query: new URLSearchParams(search), accept, signal: inTime }),
        signal,
      );
    return await this.#answers.run(key, gone.signal, make).catch(() => text(503, 'cancelled\n'));
  }

  /** Makes an answer in its time, of bytes that all who get it share. */
  async #make(
    path: string,
    work: (signal: AbortSignal) => Promise<HttpReply>,
    unwanted: AbortSignal,
  ): Promise<Answer> {
    const { clock, logger, handlerTimeoutMs = 30_000 } = this.#options;
    try {
      const reply = await withDeadline(clock, handlerTimeoutMs, path, work, unwanted);
      const { body } = reply;
      return { ...reply, body: typeof body === 'string' ? Buffer.from(body) : body };
    } catch (error) {
      if (unwanted.aborted) return text(503, 'cancelled\n');
      logger.warn('http request failed', { path, error });
      const late = error instanceof HwError && error.code === 'DeadlineExceeded';
      return text(late ? 503 : 500, `${errorMessage(error)}\n`);
    }
  }
}

function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function text(status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: Buffer.from(body) };
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
