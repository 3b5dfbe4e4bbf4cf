import { ResourceServer, type ResourceServerOptions } from './resource-server.ts';
import type { SocketNames } from './socket-names.ts';

/** What a resource's servers are made of. */
export interface ResourceServersOptions extends Omit<ResourceServerOptions, 'socket'> {
  readonly names: SocketNames;
  /** Called when a stream of the newest server was opened or has ended. */
  readonly streamsChanged: (open: number) => void;
}

/** Most earlier servers that stay for their streams; there are more only if a successor crashes again and again. */
const MAX_EARLIER = 6;

/**
 * The servers of one resource: the newest, which the kubelet is or will be told
 * of, and earlier ones whose streams it still holds. Those go on serving, for
 * the end of any stream may cost the newest its place (see `Action`).
 */
export class ResourceServers {
  readonly #options: ResourceServersOptions;
  #newest: ResourceServer | undefined;
  #earlier: readonly ResourceServer[] = [];

  constructor(options: ResourceServersOptions) {
    this.#options = options;
  }

  get newest(): ResourceServer | undefined {
    return this.#newest;
  }

  /**
   * Serves on a fresh socket.
   *
   * @param dropped the kubelet closed the stream of the newest: earlier streams
   *   have nothing left to protect, and would cost another gap once they are too many
   */
  async renew(dropped = false): Promise<ResourceServer> {
    const { names, streamsChanged, ...parts } = this.#options;
    const previous = this.#newest;
    const server = await ResourceServer.listen({ ...parts, socket: names.next() });
    this.#newest = server;
    server.streams.subscribe((open) => {
      if (server === this.#newest) streamsChanged(open);
    });
    if (previous !== undefined) await this.#retire(previous, dropped ? 0 : MAX_EARLIER);
    return server;
  }

  async close(): Promise<void> {
    const all = [...this.#earlier, ...(this.#newest ? [this.#newest] : [])];
    this.#earlier = [];
    await Promise.all(all.map((server) => server.close()));
  }

  /** Keeps a server while a stream is open, and at most `limit` of those. */
  async #retire(server: ResourceServer, limit: number): Promise<void> {
    const listened = [...this.#earlier, server].filter(({ streams }) => streams.value > 0);
    const kept = listened.slice(Math.max(0, listened.length - limit));
    const ended = [...this.#earlier, server].filter((one) => !kept.includes(one));
    this.#earlier = kept;
    await Promise.all(ended.map((one) => one.close()));
  }
}
