import { type Clock, HwError, isHwError, withDeadline } from '@rackwright/core';
import type { HttpQuery } from '@rackwright/service';
import type { RequestHandler, Response } from 'express';
import type { Routes } from './app.ts';
import { ArrivingBodies, BodyRefusal, readJson } from './request-body.ts';

/** What a handler answers; sent as JSON. */
export interface JsonReply {
  /** Default 200. */
  readonly status?: number;
  readonly body: unknown;
}

/**
 * Answers a JSON body that was POSTed. The body is anything JSON can say:
 * check it. `signal` aborts when the client is gone or the time is over.
 */
export type JsonHandler = (
  body: unknown,
  request: Omit<HttpQuery, 'accept'> & { readonly authorization?: string | undefined },
) => JsonReply | Promise<JsonReply>;

/** Limits of what is POSTed. */
export interface JsonRoutesOptions {
  readonly clock: Clock;
  /** Longest body; default 7 MiB, room for an admission review with two objects of the largest size etcd keeps. */
  readonly maxBodyBytes?: number;
  /** Bytes of bodies that are arriving at the same time; default 64 MiB. */
  readonly maxArrivingBytes?: number;
  /** Longest a handler may take, in milliseconds; then 503. Default 10 000. */
  readonly handlerTimeoutMs?: number;
}

const mebibyte = 1024 * 1024;

/** Paths that take JSON by POST, and what answers each. */
export function jsonRoutes(
  handlers: Readonly<Record<string, JsonHandler>>,
  options: JsonRoutesOptions,
): Routes {
  const arriving = new ArrivingBodies(options.maxArrivingBytes ?? 64 * mebibyte);
  return (app) => {
    for (const [path, handler] of Object.entries(handlers)) {
      app.post(path, answerJson(path, handler, options, arriving));
      app.all(path, (_request, response) => {
        response.setHeader('allow', 'POST');
        refuse(response, 405, 'only POST');
      });
    }
  };
}

function answerJson(
  path: string,
  handler: JsonHandler,
  { clock, maxBodyBytes = 7 * mebibyte, handlerTimeoutMs = 10_000 }: JsonRoutesOptions,
  arriving: ArrivingBodies,
): RequestHandler {
  return async (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort(new HwError('Cancelled', 'the client is gone')));
    try {
      const body = await readJson(request, maxBodyBytes, arriving);
      const query = new URL(request.url, 'http://localhost').searchParams;
      const { authorization } = request.headers;
      const work = async (signal: AbortSignal): Promise<JsonReply> =>
        handler(body, { query, signal, authorization });
      const reply = await withDeadline(clock, handlerTimeoutMs, path, work, gone.signal);
      response.status(reply.status ?? 200).type('application/json');
      response.end(JSON.stringify(reply.body));
    } catch (error) {
      if (gone.signal.aborted) return;
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      refuse(response, refusal.status, refusal.message);
    }
  };
}

/** What the client did wrong, or that it has to come again; anything else is our own fault. */
function refusalOf(error: unknown): { status: number; message: string } | undefined {
  if (error instanceof BodyRefusal) return error;
  return isHwError(error, 'DeadlineExceeded') ? { status: 503, message: error.message } : undefined;
}

/** What comes after an answer that was made without reading the whole request is not a request. */
function refuse(response: Response, status: number, message: string): void {
  response.setHeader('connection', 'close');
  response.status(status).type('text/plain').end(`${message}\n`);
}
