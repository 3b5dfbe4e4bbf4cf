import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';

/** A request was lost on a kept connection that the other side had closed, so it may not have arrived. */
export class StaleConnection extends Error {}

/** A request went out whole on a new connection, which ended before the head of an answer. */
export class AnswerLost extends Error {}

/**
 * Sends one request and resolves with the head of its answer.
 *
 * Possible errors: StaleConnection, AnswerLost, the signal's reason, and Node's own.
 */
export function exchange(
  options: RequestOptions,
  body: string | Buffer | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  if (signal.aborted) {
    reject(signal.reason);
    return promise;
  }
  const request = (options.protocol === 'https:' ? httpsRequest : httpRequest)(options);
  const onAbort = (): void => {
    reject(signal.reason);
    request.destroy();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  request.on('response', (response) => {
    signal.removeEventListener('abort', onAbort);
    resolve(response);
  });
  request.on('error', (error: NodeJS.ErrnoException) => {
    signal.removeEventListener('abort', onAbort);
    const isClosed = error.code === 'ECONNRESET' || error.code === 'EPIPE';
    if (isClosed && request.reusedSocket) reject(new StaleConnection(error.message, { cause: error }));
    else if (isClosed && request.writableFinished) reject(new AnswerLost(error.message, { cause: error }));
    else reject(error);
  });
  request.end(body);
  return promise;
}

/** A body was longer than it may be. */
export class BodyTooLarge extends Error {}

/**
 * Reads a body to its end.
 *
 * Possible errors: BodyTooLarge, and Node's own if the connection ends first.
 */
export async function readBody(
  response: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const onAbort = (): void => {
    response.destroy();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw new BodyTooLarge(`longer than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    response.destroy();
  }
  return Buffer.concat(chunks);
}
