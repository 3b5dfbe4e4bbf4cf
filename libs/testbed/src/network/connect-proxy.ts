import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, errorMessage, HwError, isHwError, type Logger, withDeadline } from '@rackwright/core';
import { formatTarget, parseTarget, type Target } from './target.ts';

/** Finds where a connection goes on this machine, or throws why it goes nowhere. */
export type Locate = (target: Target, namespace: string | undefined) => Target;

/** What a proxy is made of. */
export interface ConnectProxyOptions {
  readonly locate: Locate;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Path of its unix socket; default a free port on loopback. */
  readonly path?: string;
}

/** How long whoever is wanted has to accept a connection, in milliseconds. */
const connectMs = 5000;

/** Headers between a client and its proxy alone. */
const ownHeaders = ['proxy-authorization', 'proxy-connection', 'connection', 'keep-alive', 'te', 'upgrade'];

/**
 * An HTTP proxy into the cluster's network: it tunnels with CONNECT and passes
 * on plain requests for `http://` URLs. The user of Proxy-Authorization is the
 * namespace of the pod that asks. It answers 400 to what it cannot read, 502 when there is
 * nothing to connect to and 504 when that does not accept, with what was asked. When the other
 * side ends without an answer, it ends the connection as well.
 */
export class ConnectProxy implements AsyncDisposable {
  readonly #options: ConnectProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();

  private constructor(options: ConnectProxyOptions) {
    this.#options = options;
    this.#server = createServer((incoming, response) => {
      this.#forward(incoming, response).catch((error: unknown) => refuse(response, error));
    });
    this.#server.on('connect', (incoming, socket, head) => {
      this.#track(socket);
      this.#tunnel(incoming, socket, head).catch((error: unknown) => {
        const { status, text } = refusal(error);
        const header = `HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n`;
        // What the client still sends is read: closing with unread bytes would take the answer away from it.
        socket.resume().end(header + text, () => socket.destroy());
      });
    });
  }

  static async listen(options: ConnectProxyOptions): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    proxy.#server.once('error', reject);
    if (options.path === undefined) proxy.#server.listen(0, '127.0.0.1', resolve);
    else proxy.#server.listen(options.path, resolve);
    await promise;
    return proxy;
  }

  /** `host:port` of a proxy that listens on loopback. */
  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `${address}:${port}`;
  }

  /** How many connections are open, on either side. */
  get open(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
    await promise;
  }

  async #tunnel(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const target = parseTarget(incoming.url ?? '');
    const upstream = await this.#dial(target, namespaceOf(incoming), socket);
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
  }

  async #forward(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(incoming.url ?? '');
    if (url?.protocol !== 'http:') {
      throw new HwError('InvalidArgument', `${JSON.stringify(incoming.url)} is no http:// URL`);
    }
    const target = parseTarget(url.host, 80);
    const upstream = await this.#dial(target, namespaceOf(incoming), response);
    const headers = Object.entries(incoming.headers).filter(([name]) => !ownHeaders.includes(name));
    const { promise, resolve } = Promise.withResolvers<void>();
    const outgoing = request({
      ...{ method: incoming.method, path: url.pathname + url.search, createConnection: () => upstream },
      headers: { ...Object.fromEntries(headers), host: url.host, connection: 'close' },
    });
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response).on('close', resolve);
    });
    // Without a proxy between, whose answer is lost sees the connection end.
    outgoing.on('error', () => {
      response.destroy();
      resolve();
    });
    incoming.pipe(outgoing);
    await promise;
  }

  /** Connects with what is behind the target; either side's end is that of the other. */
  async #dial(
    target: Target,
    namespace: string | undefined,
    client: Duplex | ServerResponse,
  ): Promise<Socket> {
    const { locate, clock, logger } = this.#options;
    const what = `connecting to ${formatTarget(target)}`;
    const { host, port } = locate(target, namespace);
    const upstream = connect({ host, port, allowHalfOpen: true });
    this.#track(upstream);
    client.on('close', () => upstream.destroy());
    try {
      await withDeadline(clock, connectMs, what, () => connected(upstream, what));
    } catch (error) {
      upstream.destroy();
      logger.debug('refused', { error: errorMessage(error) });
      throw error;
    }
    upstream.on('close', () => client.destroy());
    return upstream;
  }

  #track(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

function connected(socket: Socket, what: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve);
  socket.once('error', (cause) => reject(new HwError('Unavailable', `${what}: ${cause.message}`, { cause })));
  socket.once('close', () => reject(new HwError('Unavailable', `${what}: given up`)));
  return promise;
}

/** The user's name a client gave, which pods are told to be their namespace. */
function namespaceOf({ headers }: IncomingMessage): string | undefined {
  const encoded = /^Basic (\S+)$/i.exec(headers['proxy-authorization'] ?? '')?.[1];
  const user = Buffer.from(encoded ?? '', 'base64')
    .toString('utf8')
    .split(':')[0];
  return user === '' ? undefined : user;
}

function refusal(error: unknown): { readonly status: string; readonly text: string } {
  const text = `${errorMessage(error)}\n`;
  if (isHwError(error, 'InvalidArgument')) return { status: '400 Bad Request', text };
  if (isHwError(error, 'DeadlineExceeded')) return { status: '504 Gateway Timeout', text };
  return { status: '502 Bad Gateway', text };
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status, text } = refusal(error);
  if (response.headersSent) response.destroy();
  else response.writeHead(Number(status.slice(0, 3))).end(text);
}
