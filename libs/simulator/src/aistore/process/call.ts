import type { IncomingHttpHeaders } from 'node:http';
import { type JsonObject, parseObject } from './json.ts';

/** A request to a node. */
export interface Call {
  readonly method: string;
  /** Elements of the path, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** Path and query as they came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The id of the node that asks; undefined for everybody else. */
  readonly peer: string | undefined;
  readonly remote: string;
}

/** What a node answers. */
export interface Answer {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal, told in AIStore's error JSON. */
export class ApiError extends Error {
  readonly status: number;
  /** Type of the error where clients look at it, such as `ErrBusy`. */
  readonly tcode: string | undefined;

  constructor(status: number, message: string, tcode?: string) {
    super(message);
    this.status = status;
    this.tcode = tcode;
  }
}

/** A membership change while another one, or a rebalance, is under way. */
export function busy(what: string): ApiError {
  return new ApiError(409, `${what} is currently busy: rebalance is running, please try again`, 'ErrBusy');
}

export const okay: Answer = { status: 200 };

export function json(value: unknown): Answer {
  return text(JSON.stringify(value));
}

/** JSON that is text already. */
export function text(body: string): Answer {
  return { status: 200, body, headers: { 'content-type': 'application/json' } };
}

/** The body as a JSON object. */
export function bodyOf(call: Call): JsonObject {
  const value = parseObject(call.body.toString('utf8'));
  if (value === undefined) throw new ApiError(400, 'failed to unmarshal the request: not a JSON object');
  return value;
}

/** A refusal as AIStore writes it. */
export function errorAnswer(error: ApiError, call: Call, node: string): Answer {
  const { message, status, tcode } = error;
  const body = {
    ...(tcode !== undefined && { tcode }),
    ...{ message, method: call.method, url_path: call.url.replace(/\?.*/, '') },
    ...{ remote_addr: call.remote, caller: call.peer ?? '', node, status },
  };
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}
