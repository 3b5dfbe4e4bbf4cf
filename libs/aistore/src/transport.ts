import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { type Clock, HwError, isHwError, withDeadline } from '@rackwright/core';
import { AisError, statusError } from './error.ts';
import { AnswerLost, BodyTooLarge, exchange, readBody, StaleConnection } from './exchange.ts';
import { type AisTls, isCertificateFailure, isSchemeMismatch, secureContextOf } from './tls.ts';
import type { TokenSource } from './token-source.ts';

/** Heads of answers larger than this are refused. */
const maxHeaderBytes = 64 * 1024;

/** Bodies larger than this are refused: twice what the map of a very large cluster has. */
const maxBodyBytes = 32 * 1024 * 1024;

/** Redirects that are followed for one request. */
const maxRedirects = 3;

/** What a `Transport` needs. */
export interface TransportOptions {
  /** Such as `https://ais-proxy.ns:51080`. */
  readonly baseUrl: string;
  readonly tls?: AisTls | undefined;
  readonly token?: TokenSource | undefined;
  readonly clock: Clock;
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal | undefined;
  readonly userAgent: string;
  /** Milliseconds for a whole call, unless it says otherwise. */
  readonly timeoutMs: number;
}

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Path with query. */
  readonly path: string;
  readonly body?: string | Buffer;
  readonly contentType?: string;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Proxies send requests for objects on to the target that has them. */
  readonly followsRedirects?: boolean;
}

/** A whole answer of 200 to 299. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * HTTP requests to one server with a deadline, size limits and bearer tokens.
 * Reads share kept connections. What changes something has a connection of its
 * own, so that none is lost on one which the server has just closed, and none
 * is sent twice. The environment's HTTP proxy is not asked: the servers are in
 * the cluster.
 */
export class Transport implements Disposable {
  readonly #options: TransportOptions;
  readonly #url: URL;
  readonly #kept: HttpAgent;
  readonly #single: HttpAgent;
  readonly #closed = new AbortController();

  /** @throws HwError InvalidArgument if the URL, a certificate or a key makes no sense */
  constructor(options: TransportOptions) {
    this.#options = options;
    this.#url = serverUrl(options.baseUrl);
    const kept = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: 60_000 };
    const isSecure = this.#url.protocol === 'https:';
    this.#kept = isSecure ? secureAgent(kept, options.tls) : new HttpAgent(kept);
    this.#single = isSecure ? secureAgent({ keepAlive: false }, options.tls) : new HttpAgent();
  }

  /** Method and URL of a request, for messages. */
  describe({ method, path }: Pick<WireRequest, 'method' | 'path'>): string {
    return `${method} ${this.#url.origin}${path}`;
  }

  /**
   * Sends one request and reads its whole answer.
   * @throws AisError for every answer outside 200 to 299, and for none; the reason of a signal that ended it
   */
  async send(wire: WireRequest): Promise<WireAnswer> {
    const { clock, timeoutMs } = this.#options;
    const what = this.describe(wire);
    const signals = [this.#closed.signal, this.#options.signal, wire.signal];
    const parent = AbortSignal.any(signals.filter((signal) => signal !== undefined));
    try {
      const work = (signal: AbortSignal): Promise<WireAnswer> => this.#answered(wire, what, signal);
      return await withDeadline(clock, wire.timeoutMs ?? timeoutMs, what, work, parent);
    } catch (error) {
      if (parent.aborted) throw parent.reason;
      throw callError(what, error);
    }
  }

  [Symbol.dispose](): void {
    this.#closed.abort(new AisError('Cancelled', 'the client is closed', { reason: 'ClientClosed' }));
    this.#kept.destroy();
    this.#single.destroy();
  }

  async #answered(wire: WireRequest, what: string, signal: AbortSignal): Promise<WireAnswer> {
    const response = await this.#authorised(wire, signal);
    const body = await readBody(response, maxBodyBytes, signal);
    const { statusCode: status = 0, headers } = response;
    if (status < 200 || status > 299) throw statusError(what, status, body.toString('utf8'));
    return { status, headers, body };
  }

  /** Where the token was refused a new one is tried, once: the call was not carried out. */
  async #authorised(wire: WireRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const source = this.#options.token;
    const token = await source?.token();
    const response = await this.#redirected(wire, token, signal);
    const { statusCode } = response;
    if (source === undefined || token === undefined || (statusCode !== 401 && statusCode !== 403))
      return response;
    const renewed = await source.renew(token);
    if (renewed === token) return response;
    response.destroy();
    return await this.#redirected(wire, renewed, signal);
  }

  async #redirected(
    wire: WireRequest,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    let url = new URL(wire.path, this.#url);
    for (let hops = 0; ; hops++) {
      const response = await this.#repeated(url, wire, token, signal);
      const { statusCode = 0, headers } = response;
      const isRedirect = wire.followsRedirects === true && statusCode >= 301 && statusCode <= 308;
      if (!isRedirect || headers.location === undefined || hops === maxRedirects) return response;
      const next = new URL(headers.location, url);
      // The token goes along, for targets ask for it as well; so it must not go out in clear.
      if (next.protocol !== url.protocol) return response;
      response.destroy();
      url = next;
    }
  }

  /** A read that was lost on a kept connection goes out again, on a new one. */
  async #repeated(
    url: URL,
    wire: WireRequest,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const isRead = wire.method === 'GET';
    const send = (agent: HttpAgent): Promise<IncomingMessage> =>
      exchange(this.#requestOptions(url, wire, token, agent), wire.body, signal);
    if (!isRead) return await send(this.#single);
    try {
      return await send(this.#kept);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      return await send(this.#single);
    }
  }

  #requestOptions(url: URL, wire: WireRequest, token: string | undefined, agent: HttpAgent): RequestOptions {
    const { tls, userAgent } = this.#options;
    return {
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      path: url.pathname + url.search,
      method: wire.method,
      agent,
      maxHeaderSize: maxHeaderBytes,
      rejectUnauthorized: tls?.insecureSkipVerify !== true,
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(wire.body === undefined
          ? {}
          : {
              'content-type': wire.contentType ?? 'application/json',
              'content-length': String(Buffer.byteLength(wire.body)),
            }),
      },
    };
  }
}

function secureAgent(options: { readonly keepAlive: boolean }, tls: AisTls = {}): HttpsAgent {
  try {
    return new HttpsAgent({ ...options, secureContext: secureContextOf(tls) });
  } catch (cause) {
    throw new HwError('InvalidArgument', 'a certificate or key for AIStore makes no sense', { cause });
  }
}

function serverUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && /^\/?$/.test(url.pathname + url.search)) return url;
  throw new HwError('InvalidArgument', `${JSON.stringify(text)} is not the URL of a server`, {
    remedy: 'write it like http://ais-proxy.ns:51080',
  });
}

/** The error for a call that got no answer, or not all of one. */
function callError(what: string, error: unknown): unknown {
  if (isHwError(error, 'DeadlineExceeded') && !(error instanceof AisError))
    return new AisError('DeadlineExceeded', error.message, { reason: 'Timeout' });
  if (error instanceof HwError) return error;
  if (error instanceof BodyTooLarge)
    return new AisError('ResourceExhausted', `${what}: the answer is ${error.message}`, {
      reason: 'AnswerTooLarge',
    });
  const cause = error instanceof Error ? error : new Error(String(error));
  if (isCertificateFailure(cause))
    return new AisError('FailedPrecondition', `${what}: the certificates do not fit`, {
      ...{ reason: 'CertificateFailure', cause },
      remedy: 'check the CA the operator trusts and the names in the certificate of the cluster',
    });
  if (isSchemeMismatch(cause))
    return new AisError('Unavailable', `${what}: the server does not speak TLS`, {
      ...{ reason: 'SchemeMismatch', cause },
    });
  if (cause instanceof AnswerLost)
    return new AisError('Unavailable', `${what}: the connection ended before an answer`, {
      ...{ reason: 'AnswerLost', cause },
    });
  return new AisError('Unavailable', `${what}: no answer`, { reason: 'ConnectionFailed', cause });
}
