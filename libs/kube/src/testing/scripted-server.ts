import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the scripted server saw it. */
export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** Answers one request, well or badly. */
export type Script = (seen: Seen, response: ServerResponse) => unknown;

/** A real HTTP server for tests that does what its script says and counts connections. */
export class ScriptedServer implements AsyncDisposable {
  readonly url: string;
  readonly seen: Seen[] = [];
  script: Script;
  connections = 0;
  readonly #server: Server;

  private constructor(server: Server, script: Script) {
    this.#server = server;
    this.script = script;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', () => {
      this.connections += 1;
    });
    server.on('request', (request, response) => void this.#handle(request, response));
  }

  static async start(script: Script, port = 0): Promise<ScriptedServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new ScriptedServer(server, script);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const seen = {
      method: request.method ?? '',
      url: new URL(request.url ?? '/', this.url),
      headers: request.headers,
      text: Buffer.concat(chunks).toString('utf8'),
    };
    this.seen.push(seen);
    await this.script(seen, response);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Sends `body` as JSON. */
export function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Sends a meta/v1 Status of failure. */
export function refuse(response: ServerResponse, code: number, reason: string, headers = {}): void {
  json(
    response,
    code,
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `${reason}!` },
    headers,
  );
}

/** Starts a watch answer and returns a function that sends one event. */
export function streaming(response: ServerResponse): (type: string, object: unknown) => void {
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  return (type, object) => response.write(`${JSON.stringify({ type, object })}\n`);
}
