import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
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

/** Milliseconds for a login, with all that it asks elsewhere. */
const loginTimeoutMs = 30_000;

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
  /** Variables that name a proxy (HTTP_PROXY and so on); none is used if left out. */
  readonly proxyEnv?: NodeJS.ProcessEnv | undefined;
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

/** A whole answer. */
export interface WireAnswer {
  readonly status: number;
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
    const proxyEnv = options.proxyEnv === undefined ? {} : { proxyEnv: options.proxyEnv };
    const kept = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: 60_000, ...proxyEnv };
    const single = { keepAlive: false, ...proxyEnv };
    const isSecure = this.#url.protocol === 'https:';
    this.#kept = isSecure ? secureAgent(kept, options.tls) : new HttpAgent(kept);
    this.#single = isSecure ? secureAgent(single, options.tls) : new HttpAgent(single);
  }

  /** Method and URL of a request, for messages. */
  describe({ method, path }: Pick<WireRequest, 'method' | 'path'>): string {
    return `${method} ${this.#url.origin}${path}`;
  }

  /**
   * Sends one request and reads its whole answer, of 200 to 299.
   * @throws AisError for every answer outside 200 to 299, and for none; the reason of a signal that ended it
   */
  async send(wire: WireRequest): Promise<WireAnswer> {
    const signals = [this.#closed.signal, this.#options.signal, wire.signal];
    const parent = AbortSignal.any(signals.filter((signal) => signal !== undefined));
    try {
      const answer = await this.#authorised(wire, parent);
      const { status, body } = answer;
      if (status < 200 || status > 299) throw statusError(this.describe(wire), status, body.toString('utf8'));
      return answer;
    } catch (error) {
      if (parent.aborted) throw parent.reason;
      throw callError(this.describe(wire), error);
    }
  }

  [Symbol.dispose](): void {
    this.#closed.abort(new AisError('Cancelled', 'the client is closed', { reason: 'ClientClosed' }));
    this.#kept.destroy();
    this.#single.destroy();
  }

  /** Where the token was refused a new one is tried, once: the call was not carried out. */
  async #authorised(wire: WireRequest, parent: AbortSignal): Promise<WireAnswer> {
    const token = await this.#token(parent, (source) => source.token());
    const answer = await this.#limited(wire, token, parent);
    if (token === undefined || (answer.status !== 401 && answer.status !== 403)) return answer;
    const renewed = await this.#token(parent, (source) => source.renew(token));
    return renewed === token ? answer : await this.#limited(wire, renewed, parent);
  }

  /** A login has a time limit of its own: a cluster is not away because the service is that issues its tokens. */
  async #token(
    parent: AbortSignal,
    ask: (source: TokenSource) => Promise<string>,
  ): Promise<string | undefined> {
    const { token: source, clock } = this.#options;
    if (source === undefined) return undefined;
    try {
      return await withDeadline(clock, loginTimeoutMs, 'the login', () => ask(source), parent);
    } catch (cause) {
      const code = cause instanceof HwError ? cause.code : 'Unavailable';
      throw new AisError(code, 'no token for AIStore could be got', { reason: 'LoginFailed', cause });
    }
  }

  #limited(wire: WireRequest, token: string | undefined, parent: AbortSignal): Promise<WireAnswer> {
    const { clock, timeoutMs } = this.#options;
    const work = async (signal: AbortSignal): Promise<WireAnswer> => {
      const response = await this.#redirected(wire, token, signal);
      const body = await readBody(response, maxBodyBytes, signal);
      return { status: response.statusCode ?? 0, body };
    };
    return withDeadline(clock, wire.timeoutMs ?? timeoutMs, this.describe(wire), work, parent);
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
  const code = codeOf(error);
  if (isCertificateFailure(code))
    return new AisError('FailedPrecondition', `${what}: the certificates do not fit`, {
      ...{ reason: 'CertificateFailure', cause: error },
      remedy: 'check the CA the operator trusts and the names in the certificate of the cluster',
    });
  if (isSchemeMismatch(code))
    return new AisError('Unavailable', `${what}: the server does not speak TLS`, {
      ...{ reason: 'SchemeMismatch', cause: error },
    });
  if (error instanceof AnswerLost)
    return new AisError('Unavailable', `${what}: the connection ended before an answer`, {
      ...{ reason: 'AnswerLost', cause: error.cause },
    });
  return new AisError('Unavailable', `${what}: no answer`, { reason: 'ConnectionFailed', cause: error });
}

/** What Node calls an error. */
function codeOf(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}
