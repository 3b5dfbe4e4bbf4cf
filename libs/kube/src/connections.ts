import type { Socket } from 'node:net';

/** A connection was given up because nothing came over it while the server was away. */
export class SilentConnection extends Error {
  constructor() {
    super('nothing came over this connection while the server could not be reached');
  }
}

/**
 * The connections that carry a request at the moment. TCP may take a quarter of
 * an hour to notice that the other side, or the way to it, is gone, and
 * HTTP/1.1 has no ping. So those that stayed silent throughout an outage are
 * given up when it is over.
 */
export class Connections {
  /** Bytes received when the outage was noticed; undefined outside of one. */
  readonly #received = new Map<Socket, number | undefined>();

  /** `socket` carries a request, until it is done. */
  add(socket: Socket): void {
    this.#received.set(socket, undefined);
  }

  done(socket: Socket): void {
    this.#received.delete(socket);
  }

  /** The server was found to be away. */
  mark(): void {
    for (const socket of this.#received.keys()) this.#received.set(socket, socket.bytesRead);
  }

  /** The server is back: gives up what was silent since `mark`. */
  endSilent(): void {
    for (const [socket, received] of this.#received) {
      if (received !== undefined && socket.bytesRead === received) socket.destroy(new SilentConnection());
      this.#received.set(socket, undefined);
    }
  }
}
