import { Agent, request } from 'node:https';
import type { KubeConnection } from './connection.ts';

/** An API server's answer. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * One request on a connection of its own: the control plane asks little, and
 * must notice at once when the server behind a port is another one.
 */
export async function apiRequest(
  connection: KubeConnection,
  method: string,
  path: string,
  options: { readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<ApiAnswer> {
  const { ca, cert, key, token } = await connection.credentials();
  const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
  const call = request(new URL(path, connection.server), {
    method,
    agent: new Agent({ keepAlive: false }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert, key }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    timeout: 5000,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
  call.once('timeout', () => call.destroy(new Error(`no answer from ${connection.server} for 5 s`)));
  call.once('error', reject);
  call.once('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('error', reject);
    response.once('end', () =>
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
    );
  });
  call.end(options.body === undefined ? undefined : JSON.stringify(options.body));
  return promise;
}
