import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { type Clock, isHwError, withDeadline } from '@rackwright/core';
import { AgentPool, tcpKeepAliveMs } from './agents.ts';
import { readBody } from './body.ts';
import type { Credentials, KubeConnection } from './connection.ts';
import { Connections, SilentConnection } from './connections.ts';
import { KubeError } from './error.ts';
import { exchange, StaleConnection } from './exchange.ts';
import { Reachability } from './reachability.ts';
import type { WriteFence } from './write-fence.ts';

/** Response heads larger than this are refused. */
const maxHeaderBytes = 64 * 1024;

/** Time limit of the question whether the server is back. */
const probeTimeoutMs = 5_000;

/** Connections live through an outage that is shorter. */
const shortOutageMs = 5_000;

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
  /** Milliseconds until the whole answer must be there; for `open`, until its head must be. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Asked before each time the request goes out. */
  readonly fence?: WriteFence | undefined;
  /** Goes out on a connection of its own, and what becomes of it is told to nobody but its sender. */
  readonly isProbe?: boolean;
}

/** A whole answer. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What a `Transport` needs. */
export interface TransportOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Bodies larger than this many bytes are refused. */
  readonly maxBodyBytes: number;
  /** While the server is away, it is asked about this often whether it is back. */
  readonly probeIntervalMs: number;
}

/**
 * HTTP requests to one API server over kept connections. Knows credentials,
 * time limits and size limits, and nothing of Kubernetes objects.
 */
export class Transport implements Disposable {
  readonly reachability: Reachability;
  readonly #options: TransportOptions;
  readonly #pool: AgentPool;
  readonly #connections = new Connections();
  readonly #url: URL;
  #closed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#pool = new AgentPool(options.connection.server);
    this.#url = new URL(options.connection.server);
    this.reachability = new Reachability({
      clock: options.clock,
      probeIntervalMs: options.probeIntervalMs,
      probe: (signal) => this.#probe(signal),
      onLost: () => {
        this.#pool.dropIdle();
        this.#connections.mark();
      },
      // After a shorter one TCP repeats what was lost soon enough.
      onReached: (outageMs) => outageMs >= shortOutageMs && this.#connections.endSilent(),
    });
  }

  /** Sends one request and reads the whole answer, whatever its status. */
  send(wire: WireRequest): Promise<WireAnswer> {
    return this.#limited(wire, async (signal) => {
      const response = await this.#authorised(wire, 'short', signal);
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: await readBody(response, this.#options.maxBodyBytes, signal),
      };
    });
  }

  /** Sends one request and returns its answer with the body still to be read; the caller destroys it. */
  open(wire: WireRequest): Promise<IncomingMessage> {
    return this.#limited(wire, async (signal) => {
      const response = await this.#authorised(wire, 'long', signal);
      response.socket.setKeepAlive(true, tcpKeepAliveMs);
      return response;
    });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.reachability[Symbol.dispose]();
    this.#pool[Symbol.dispose]();
  }

  async #limited<T>(wire: WireRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const what = describe(wire);
    try {
      return await withDeadline(this.#options.clock, wire.timeoutMs, what, work, wire.signal);
    } catch (error) {
      if (wire.signal?.aborted || (isHwError(error) && error.code !== 'DeadlineExceeded')) throw error;
      if (this.#closed) throw closedError();
      throw isHwError(error)
        ? new KubeError('DeadlineExceeded', error.message, {
            status: 0,
            reason: 'Timeout',
            cause: error.cause,
          })
        : connectionError(what, this.#options.connection.server, error);
    }
  }

  /** After a 401 the credentials are read afresh, and tried once more if they changed. */
  async #authorised(
    wire: WireRequest,
    pool: 'short' | 'long',
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { connection } = this.#options;
    const credentials = await connection.credentials();
    const response = await this.#exchange(wire, credentials, pool, signal);
    if (response.statusCode !== 401) return response;
    const fresh = await connection.credentials({ fresh: true });
    if (sameCredentials(fresh, credentials)) return response;
    // Read to its end, so that the connection can be used again.
    await readBody(response, this.#options.maxBodyBytes, signal);
    return await this.#exchange(wire, fresh, pool, signal);
  }

  /**
   * A kept connection may have been closed by the server just before it is used
   * again. Such a request was not answered and goes out once more, if having
   * carried it out twice does no harm.
   */
  async #exchange(
    wire: WireRequest,
    credentials: Credentials,
    pool: 'short' | 'long',
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt++) {
      if (this.#closed) throw closedError();
      try {
        return await this.#once(wire, credentials, pool, signal);
      } catch (error) {
        const again = error instanceof StaleConnection && isRepeatable(wire) && attempt < 4;
        if (!again) throw error instanceof StaleConnection ? error.cause : error;
      }
    }
  }

  async #once(
    wire: WireRequest,
    credentials: Credentials,
    pool: 'short' | 'long',
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { clock } = this.#options;
    const startedAt = clock.monotonic();
    try {
      const response = await exchange({
        options: this.#requestOptions(wire, credentials, pool),
        ...{ body: wire.body, clock, signal, connections: this.#connections },
        beforeSend: () => wire.fence?.check(),
      });
      if (wire.isProbe !== true) this.reachability.answered(response.statusCode ?? 0, startedAt);
      return response;
    } catch (error) {
      const given = wire.isProbe === true || wire.signal?.aborted === true || this.#closed;
      if (!given && isLoss(error)) this.reachability.lost(startedAt);
      throw error;
    }
  }

  async #probe(signal: AbortSignal): Promise<void> {
    const wire = { method: 'GET', path: '/readyz', timeoutMs: probeTimeoutMs, signal, isProbe: true };
    const { status } = await this.send(wire);
    // Whoever refuses to tell can be reached.
    if (status === 429 || status >= 500) throw new Error(`/readyz answered ${status}`);
  }

  #requestOptions(wire: WireRequest, credentials: Credentials, pool: 'short' | 'long'): RequestOptions {
    return {
      protocol: this.#url.protocol,
      hostname: this.#url.hostname.replace(/^\[|\]$/g, ''),
      port: this.#url.port,
      path: this.#url.pathname.replace(/\/$/, '') + wire.path,
      method: wire.method,
      agent: wire.isProbe === true ? this.#pool.single(credentials) : this.#pool.get(credentials)[pool],
      headers: headersOf(wire, credentials, this.#options.userAgent),
      maxHeaderSize: maxHeaderBytes,
    };
  }
}

/** Whether an error says that the server, or the way to it, is away; not so a kept connection it closed. */
function isLoss(error: unknown): boolean {
  if (error instanceof StaleConnection || error instanceof SilentConnection) return false;
  return !isHwError(error) || error.code === 'DeadlineExceeded';
}

/** Creating and JSON patches (which may add to a list) are not the same done twice. */
function isRepeatable({ method, contentType }: WireRequest): boolean {
  return method !== 'POST' && contentType !== 'application/json-patch+json';
}

function headersOf(wire: WireRequest, credentials: Credentials, userAgent: string): Record<string, string> {
  return {
    accept: wire.accept ?? 'application/json',
    'user-agent': userAgent,
    ...(credentials.token === undefined ? {} : { authorization: `Bearer ${credentials.token}` }),
    ...(wire.body === undefined
      ? {}
      : {
          'content-type': wire.contentType ?? 'application/json',
          'content-length': String(Buffer.byteLength(wire.body)),
        }),
  };
}

function sameCredentials(a: Credentials, b: Credentials): boolean {
  return a.token === b.token && a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}

function closedError(): KubeError {
  return new KubeError('Cancelled', 'the client is closed', { status: 0, reason: 'ClientClosed' });
}

/** The error for a request that got no answer, or only part of one. */
export function connectionError(what: string, server: string, cause: unknown): KubeError {
  return new KubeError('Unavailable', `${what}: no answer from the API server`, {
    status: 0,
    reason: 'ConnectionFailed',
    remedy: `check that ${server} can be reached and that its certificate is trusted`,
    cause,
  });
}

/** Method and path without the query, for messages. */
export function describe(wire: { readonly method: string; readonly path: string }): string {
  return `${wire.method} ${wire.path.split('?', 1)[0] ?? ''}`;
}
