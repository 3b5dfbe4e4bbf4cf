import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Stands before a real API server and can be told to be too busy for lists and watches. */
export class BusyServer implements AsyncDisposable {
  readonly url: string;
  /** What Retry-After says to each list and watch, in seconds; undefined lets them through. */
  retryAfterSeconds: number | undefined;
  /** Lists and watches that were refused. */
  refused = 0;
  readonly #server: Server;
  readonly #target: URL;

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = new URL(target);
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (incoming, response) => this.#answer(incoming, response));
  }

  static async start(target: string): Promise<BusyServer> {
    const server = createServer();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    return new BusyServer(server, target);
  }

  /** Ends every watch that runs. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.cut();
    await promise;
  }

  #answer(incoming: IncomingMessage, response: ServerResponse): void {
    const isCollection = /\/(cxi|apis\/apps|api\/v1)[^?]*s(\?|$)/.test(incoming.url ?? '');
    if (this.retryAfterSeconds !== undefined && incoming.method === 'GET' && isCollection) {
      this.refused += 1;
      const status = {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        code: 429,
        reason: 'TooManyRequests',
      };
      response.writeHead(429, {
        'content-type': 'application/json',
        'retry-after': String(this.retryAfterSeconds),
      });
      response.end(JSON.stringify({ ...status, message: 'too many requests' }));
      return;
    }
    const { hostname, port } = this.#target;
    const { method, url: path, headers } = incoming;
    const call = request({ hostname, port, method, path, headers, rejectUnauthorized: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // A watch may have nothing to say for long.
      response.flushHeaders();
      answer.pipe(response);
    });
    call.on('error', () => response.destroy());
    response.on('close', () => call.destroy());
    incoming.pipe(call);
  }
}
