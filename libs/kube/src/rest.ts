import type { IncomingMessage } from 'node:http';
import type { Clock, Logger } from '@rackwright/core';
import { readBody } from './body.ts';
import type { KubeConnection } from './connection.ts';
import { KubeError, type Status, statusError } from './error.ts';
import type { CallOptions, RawOptions } from './options.ts';
import type { Reachability } from './reachability.ts';
import { describe, Transport, type WireAnswer, type WireRequest } from './transport.ts';
import { WarningLog } from './warnings.ts';
import type { WriteFence } from './write-fence.ts';

/** What a `Rest` needs. */
export interface RestOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly userAgent: string;
  readonly requestTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly probeIntervalMs: number;
}

/** JSON requests to one API server: bodies are written and parsed, refusals become `KubeError`. */
export class Rest implements Disposable {
  readonly #options: RestOptions;
  readonly #transport: Transport;
  readonly #warnings: WarningLog;

  constructor(options: RestOptions) {
    this.#options = options;
    this.#transport = new Transport(options);
    this.#warnings = new WarningLog(options.logger);
  }

  get reachability(): Reachability {
    return this.#transport.reachability;
  }

  /** Sends one request and reads its answer: parsed if it is JSON, text otherwise. */
  async request<T>(method: string, path: string, options: RawOptions, fence?: WriteFence): Promise<T> {
    const wire = { ...this.#wire(method, path, options), ...fenced(options, fence) };
    const answer = await this.#transport.send(wire);
    this.#warnings.note(answer.headers.warning);
    if (answer.status < 200 || answer.status > 299) throw this.#refusal(wire, answer);
    return isJson(answer) ? parseJson<T>(answer.text, describe(wire)) : (answer.text as T);
  }

  /** Sends a GET whose answer goes on and on, and returns it once the server has accepted. */
  async open(path: string, options: RawOptions): Promise<IncomingMessage> {
    const wire = this.#wire('GET', path, options);
    const response = await this.#transport.open(wire);
    const status = response.statusCode ?? 0;
    if (status === 200) return response;
    const text = await readBody(response, this.#options.maxBodyBytes, options.signal);
    throw this.#refusal(wire, { status, headers: response.headers, text });
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }

  #wire(method: string, path: string, options: RawOptions): WireRequest {
    return {
      method,
      path: path + queryText(options.query ?? {}),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.contentType === undefined ? {} : { contentType: options.contentType }),
      ...(options.accept === undefined ? {} : { accept: options.accept }),
      timeoutMs: options.timeoutMs ?? this.#options.requestTimeoutMs,
      signal: options.signal,
    };
  }

  #refusal(wire: WireRequest, answer: WireAnswer): KubeError {
    const status = readStatus(answer);
    const { date, 'retry-after': retryAfter } = answer.headers;
    // A date is meant by the server's clock, which may differ from ours.
    const serverNow = Date.parse(date ?? '');
    const now = Number.isNaN(serverNow) ? this.#options.clock.now() : serverNow;
    return statusError(describe(wire), answer.status, status, retryAfter, now);
  }
}

/** The part of a request that lets a fence refuse it or break it off. */
function fenced(
  { signal }: CallOptions,
  fence: WriteFence | undefined,
): Pick<WireRequest, 'fence' | 'signal'> {
  if (fence === undefined) return { signal };
  return { fence, signal: signal === undefined ? fence.signal : AbortSignal.any([signal, fence.signal]) };
}

/** What the server says about a refusal. Proxies in between may answer in any format. */
function readStatus(answer: WireAnswer): Status {
  try {
    const parsed: unknown = isJson(answer) ? JSON.parse(answer.text) : undefined;
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Not JSON after all: shown as text.
  }
  return answer.text === '' ? {} : { message: `${answer.status} ${answer.text.trim().slice(0, 512)}` };
}

/** Only what every call takes. */
export function callOptions({ signal, timeoutMs }: CallOptions): CallOptions {
  return { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

function queryText(query: NonNullable<RawOptions['query']>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) pairs.set(name, String(value));
  }
  return pairs.size === 0 ? '' : `?${pairs}`;
}

function isJson(answer: WireAnswer): boolean {
  return (answer.headers['content-type'] ?? '').startsWith('application/json');
}

function parseJson<T>(text: string, what: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new KubeError('Internal', `${what}: the answer is not JSON`, {
      status: 0,
      reason: 'MalformedAnswer',
      cause,
    });
  }
}
