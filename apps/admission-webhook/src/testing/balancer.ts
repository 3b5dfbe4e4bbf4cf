import { connect, createServer, type Server, type Socket } from 'node:net';
import { aborted, type Clock, Lifetime } from '@rackwright/core';
import type { Replica } from './webhook-environment.ts';

/** Between two looks at the replicas, as a kubelet's probes and the endpoints after them do it. */
const probeMs = 200;

/** Stands for the Service: each connection goes to the next replica that is ready. */
export class Balancer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #lifetime = new Lifetime();
  #replicas: readonly Replica[] = [];
  #ready: readonly Replica[] = [];
  #turn = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port: number, clock: Clock): Promise<Balancer> {
    const server = createServer();
    const balancer = new Balancer(server);
    server.on('connection', (socket) => balancer.#forward(socket));
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(port, '127.0.0.1', resolve);
    await promise;
    balancer.#lifetime.spawn('probes', (signal) => balancer.#probe(clock, signal));
    return balancer;
  }

  set replicas(replicas: readonly Replica[]) {
    this.#replicas = replicas;
  }

  /** How many replicas get new connections. */
  get ready(): number {
    return this.#ready.length;
  }

  async #probe(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const all = await Promise.all(
        this.#replicas.map(async (replica) => ((await replica.readiness()) === 'ready' ? [replica] : [])),
      );
      this.#ready = all.flat();
      await clock.sleep(probeMs, signal).catch(() => undefined);
    }
    await aborted(signal);
  }

  #forward(client: Socket): void {
    const replica = this.#ready[this.#turn++ % Math.max(1, this.#ready.length)];
    if (replica === undefined) {
      client.destroy();
      return;
    }
    const server = connect(replica.ports.port, '127.0.0.1');
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const socket of this.#sockets) socket.destroy();
    await promise;
  }
}
