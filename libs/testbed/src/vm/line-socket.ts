import { createConnection, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { HwError } from '@rackwright/core';

/** Text that comes in pieces, as whole lines. */
export class LineReader {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** Lines that are whole with `piece`, empty ones left out. */
  push(piece: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(piece)).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map((line) => line.trim()).filter((line) => line !== '');
  }
}

/** What becomes of what a socket brings. */
export interface LineHandlers {
  line(text: string): void;
  /** The other side has gone; called once, unless this side closed first. */
  closed(error: HwError): void;
}

/** A unix socket over which both sides send lines of JSON. */
export class LineSocket implements Disposable {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @throws HwError Unavailable when nobody listens at `path` */
  static async connect(path: string, handlers: LineHandlers): Promise<LineSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = createConnection(path);
    socket.once('connect', resolve);
    socket.once('error', (cause) =>
      reject(new HwError('Unavailable', `nobody listens at ${path}`, { cause })),
    );
    await promise;
    const lines = new LineReader();
    socket.on('data', (piece: Buffer) => {
      for (const line of lines.push(piece)) handlers.line(line);
    });
    socket.once('close', () => handlers.closed(new HwError('Unavailable', `${path} was closed`)));
    return new LineSocket(socket);
  }

  send(value: unknown): void {
    this.sendLine(JSON.stringify(value));
  }

  sendLine(line: string): void {
    this.#socket.write(`${line}\n`);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
