import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of the bytes of a connection. */
export type TcpProxyMode = 'forward' | 'hold' | 'drop' | 'reset';

/**
 * A proxy on loopback before a TLS server that counts connections and breaks
 * them: `hold` keeps what clients send until it forwards again, `reset` answers every packet with a reset, `drop` swallows all of them
 * without a word, and what was open then stays dead when it is over, as behind a
 * firewall that lost its table.
 */
export class TcpProxy implements AsyncDisposable {
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #dead = new Set<Socket>();
  #held: { readonly to: Socket; readonly chunk: Buffer }[] = [];
  #mode: TcpProxyMode = 'forward';

  private constructor(target: URL) {
    this.#server = createServer((socket) => this.#accept(socket, target));
  }

  static async start(target: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(target));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The proxy's own URL; certificates for 127.0.0.1 stay valid. */
  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections on which something of a client is kept. */
  get held(): number {
    return new Set(this.#held.map(({ to }) => to)).size;
  }

  /** From now on treats every connection so, open ones too. */
  set mode(mode: TcpProxyMode) {
    this.#mode = mode;
    if (mode === 'drop') for (const socket of this.#sockets) this.#dead.add(socket);
    if (mode === 'reset') this.cut();
    if (mode !== 'forward') return;
    for (const { to, chunk } of this.#held) to.write(chunk);
    this.#held = [];
  }

  /** Resets every open connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket, target: URL): void {
    this.connections += 1;
    if (this.#mode === 'reset') {
      socket.resetAndDestroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    this.#join(socket, upstream, true);
    this.#join(upstream, socket, false);
    if (this.#mode === 'drop') for (const end of [socket, upstream]) this.#dead.add(end);
  }

  /** Passes on what comes over `from`, its end too, unless the connection is dead. */
  #join(from: Socket, to: Socket, ofClient: boolean): void {
    this.#sockets.add(from);
    from.on('error', () => undefined);
    from.on('data', (chunk) => {
      if (this.#dead.has(from)) return;
      if (ofClient && this.#mode === 'hold') this.#held.push({ to, chunk });
      else if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('close', () => {
      this.#sockets.delete(from);
      if (!this.#dead.delete(from)) to.destroy();
    });
  }
}
