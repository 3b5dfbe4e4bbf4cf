import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type Clock, HwError } from '@rackwright/core';

/** How long a download may be silent. All times in milliseconds. */
export interface DownloadLimits {
  /** Until the server has answered: name lookup, connection and headers together. Default 5 s. */
  readonly answerMs: number;
  /** Between two pieces of the body. Default 20 s. */
  readonly stallMs: number;
}

export const defaultDownloadLimits: DownloadLimits = { answerMs: 5000, stallMs: 20_000 };

/** One file to fetch. */
export interface DownloadOptions {
  readonly clock: Clock;
  /** Proxy settings are read from here. */
  readonly env: NodeJS.ProcessEnv;
  readonly maxBytes: number;
  readonly limits?: DownloadLimits;
  readonly signal?: AbortSignal;
  /** Told after every piece how many bytes have come, of how many if the server said. */
  readonly onBytes?: (received: number, total: number | undefined) => void;
}

const maxRedirects = 5;

/**
 * Fetches `url` into memory.
 *
 * @throws HwError Unavailable when the server cannot be reached, refuses or breaks off,
 *   DeadlineExceeded when it is silent, ResourceExhausted when the file is too large
 */
export async function download(url: string, options: DownloadOptions): Promise<Buffer> {
  let target = new URL(url);
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await ask(target, options);
    const { statusCode = 0 } = response;
    if (statusCode === 200) return readBody(target, response, options);
    response.destroy();
    const { location } = response.headers;
    if (statusCode < 300 || statusCode > 399 || location === undefined) {
      throw new HwError('Unavailable', `${target.href} answered ${statusCode}`);
    }
    const next = new URL(location, target);
    if (target.protocol === 'https:' && next.protocol !== 'https:') {
      throw new HwError('Unavailable', `${target.href} redirects to the unprotected ${next.href}`);
    }
    target = next;
  }
  throw new HwError('Unavailable', `${url} redirects more than ${maxRedirects} times`);
}

function ask(url: URL, options: DownloadOptions): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const secure = url.protocol === 'https:';
  const { answerMs } = options.limits ?? defaultDownloadLimits;
  const call = (secure ? httpsRequest : httpRequest)(url, {
    agent: secure ? new HttpsAgent({ proxyEnv: options.env }) : new HttpAgent({ proxyEnv: options.env }),
    headers: { 'user-agent': 'rackwright-testbed', accept: '*/*' },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const timer = options.clock.timer(answerMs, () =>
    call.destroy(new HwError('DeadlineExceeded', `${url.host} did not answer within ${answerMs} ms`)),
  );
  call.once('response', (response) => {
    timer[Symbol.dispose]();
    resolve(response);
  });
  // Stays after the answer: a broken connection reports here as well as on the body.
  call.on('error', (error) => {
    timer[Symbol.dispose]();
    reject(describe(url, error, options.signal));
  });
  call.end();
  return promise;
}

async function readBody(url: URL, response: IncomingMessage, options: DownloadOptions): Promise<Buffer> {
  const { maxBytes, clock, onBytes } = options;
  const { stallMs } = options.limits ?? defaultDownloadLimits;
  const length = response.headers['content-length'];
  const total = length === undefined ? undefined : Number(length);
  const chunks: Buffer[] = [];
  let received = 0;
  const tooLarge = (): HwError =>
    new HwError('ResourceExhausted', `${url.href} is larger than the ${maxBytes} bytes allowed`);
  const watch = (): Disposable =>
    clock.timer(stallMs, () =>
      response.destroy(new HwError('DeadlineExceeded', `${url.host} sent nothing for ${stallMs} ms`)),
    );
  if (total !== undefined && total > maxBytes) {
    response.destroy();
    throw tooLarge();
  }
  let stall = watch();
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      stall[Symbol.dispose]();
      received += chunk.length;
      if (received > maxBytes) throw tooLarge();
      chunks.push(chunk);
      onBytes?.(received, total);
      stall = watch();
    }
  } catch (error) {
    throw describe(url, error, options.signal);
  } finally {
    stall[Symbol.dispose]();
  }
  return Buffer.concat(chunks);
}

function describe(url: URL, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return new HwError('Cancelled', `the download of ${url.href} was cancelled`);
  if (error instanceof HwError) return error;
  return new HwError('Unavailable', `${url.href} cannot be fetched`, { cause: error });
}
