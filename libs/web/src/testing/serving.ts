import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { type Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { HttpServer, type HttpServerOptions } from '../http-server.ts';

/** Serves on loopback until the lifetime ends; returns the port. */
export async function serve(
  lifetime: Lifetime,
  options: Pick<HttpServerOptions, 'app'> & Partial<HttpServerOptions>,
): Promise<number> {
  const address = { host: '127.0.0.1', port: 0 };
  const server = new HttpServer({
    ...{ name: 'test', address, clock: systemClock, logger: silentLogger },
    ...options,
  });
  lifetime.spawn('server', (signal) => server.start(signal));
  return await server.port.until((port) => port > 0, lifetime.signal);
}

/** What a server answered. */
export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Reads the answer to a request that was sent. */
export async function answerTo(call: ClientRequest): Promise<Answer> {
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** A GET over TLS on a connection of its own, and the name in the certificate that was shown. */
export async function getSecure(port: number, path: string): Promise<Answer & { readonly name: string }> {
  const call = request({ host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false });
  let name = '';
  call.on('socket', (socket) => {
    socket.once('secureConnect', () => {
      const { subject } = (socket as import('node:tls').TLSSocket).getPeerCertificate();
      name = String(subject.CN);
    });
  });
  call.end();
  return { ...(await answerTo(call)), name };
}
