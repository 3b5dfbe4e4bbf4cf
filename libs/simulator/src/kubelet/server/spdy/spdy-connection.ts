import { Duplex } from 'node:stream';
import {
  dataFrame,
  type Frame,
  FrameReader,
  goAwayFrame,
  pingFrame,
  replyFrame,
  resetFrame,
} from './frames.ts';
import { emptyHeaderBlock, HeaderReader } from './header-block.ts';

/** Longer pieces are cut: a frame's length has three bytes. */
const mostBytes = 256 * 1024;

/** What a stream needs of its connection. */
interface Carrier {
  /** Sends bytes; calls back once there is room for more. */
  send(bytes: Buffer, done: (error?: Error | null) => void): void;
  resume(): void;
}

/** One stream of a connection: bytes both ways, each with an end of its own. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly #carrier: Carrier;

  constructor(id: number, headers: ReadonlyMap<string, string>, carrier: Carrier) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.headers = headers;
    this.#carrier = carrier;
    // A connection that breaks off destroys its streams; whoever uses one looks at its end.
    this.on('error', () => undefined);
  }

  /** Ends both directions at once. */
  reset(): void {
    this.#carrier.send(resetFrame(this.id), () => undefined);
    this.destroy();
  }

  override _read(): void {
    this.#carrier.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    const frames: Buffer[] = [];
    for (let at = 0; at < chunk.length; at += mostBytes) {
      frames.push(dataFrame(this.id, chunk.subarray(at, at + mostBytes), false));
    }
    this.#carrier.send(Buffer.concat(frames), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#carrier.send(dataFrame(this.id, Buffer.alloc(0), true), done);
  }
}

/**
 * The server's end of a SPDY/3.1 connection: the client opens streams, each is
 * handed to `opened`. That is what an API server speaks with kubelets for exec
 * and port-forward.
 */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #opened: (stream: SpdyStream) => void;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #reader = new FrameReader();
  readonly #headers = new HeaderReader();
  #lastStream = 0;
  #work: Promise<void> = Promise.resolve();

  /** @param head what came of the connection before */
  constructor(socket: Duplex, head: Buffer, opened: (stream: SpdyStream) => void) {
    this.#socket = socket;
    this.#opened = opened;
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed());
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('end', () => socket.end());
    if (head.length > 0) this.#take(head);
  }

  /** Sends what is left to send and closes the connection. */
  close(): void {
    this.#socket.end(goAwayFrame(this.#lastStream));
  }

  #closed(): void {
    for (const stream of this.#streams.values()) stream.destroy();
    this.#streams.clear();
    this.#headers.close();
  }

  #take(chunk: Buffer): void {
    // Header blocks are read one after the other, and frames keep their order.
    this.#work = this.#work
      .then(async () => {
        for (const frame of this.#reader.push(chunk)) await this.#handle(frame);
      })
      .catch(() => void this.#socket.destroy());
  }

  async #handle(frame: Frame): Promise<void> {
    if (frame.type === 'open') await this.#open(frame);
    else if (frame.type === 'ping') this.#socket.write(pingFrame(frame.id));
    else if (frame.type === 'reset') this.#streams.get(frame.stream)?.destroy();
    else if (frame.type === 'data') this.#receive(frame);
  }

  async #open({ stream: id, fin, block }: Extract<Frame, { type: 'open' }>): Promise<void> {
    const headers = await this.#headers.read(block);
    const stream = new SpdyStream(id, headers, {
      send: (bytes, done) => void this.#socket.write(bytes, done),
      resume: () => void this.#socket.resume(),
    });
    this.#streams.set(id, stream);
    stream.on('close', () => this.#streams.delete(id));
    this.#socket.write(replyFrame(id, emptyHeaderBlock(this.#lastStream === 0)));
    this.#lastStream = id;
    if (fin) stream.push(null);
    this.#opened(stream);
  }

  #receive({ stream: id, data, fin }: Extract<Frame, { type: 'data' }>): void {
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.destroyed) return;
    if (data.length > 0 && !stream.push(data)) this.#socket.pause();
    if (fin) stream.push(null);
  }
}
