import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { errorMessage } from '@rackwright/core';
import type { Answer, Call } from './call.ts';

/** The longest body that is read: an object, a configuration. */
const bodyLimit = 64 * 2 ** 20;

/** Where a server listens; without a host everywhere. */
export interface ListenAddress {
  readonly host?: string;
  readonly port: number;
}

/** A server to be. */
export interface ServerSpec {
  readonly addresses: readonly ListenAddress[];
  /** Undefined for plain HTTP. */
  readonly tls: ServerOptions | undefined;
  readonly serve: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly log: (line: string) => void;
}

/** Listens at all addresses, for as long as the process lives.
 *
 * @throws Error when one is taken
 */
export async function listen({ addresses, tls, serve, log }: ServerSpec): Promise<void> {
  for (const address of addresses) {
    const onRequest = (incoming: IncomingMessage, response: ServerResponse): void => {
      serve(incoming, response).catch((error: unknown) => {
        log(`${incoming.method} ${incoming.url}: ${errorMessage(error)}`);
        response.destroy();
      });
    };
    const server: Server = tls === undefined ? createServer(onRequest) : createSecureServer(tls, onRequest);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen(address, resolve);
    await promise;
  }
}

/** @param callerHeader names the node that asks */
export async function readCall(incoming: IncomingMessage, callerHeader: string): Promise<Call> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += (chunk as Buffer).length;
    if (length > bodyLimit) throw new Error('the body is too long');
    chunks.push(chunk as Buffer);
  }
  const url = new URL(incoming.url ?? '/', 'http://node');
  const peer = incoming.headers[callerHeader];
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decoded),
    query: url.searchParams,
    url: url.pathname + url.search,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
    peer: typeof peer === 'string' ? peer : undefined,
    remote: `${incoming.socket.remoteAddress}:${incoming.socket.remotePort}`,
  };
}

/** @param isCutOff half of it is sent, then the connection breaks off */
export function send(
  response: ServerResponse,
  { status, body = '', headers = {} }: Answer,
  isCutOff: boolean,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  if (!isCutOff) response.end(bytes);
  else response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
