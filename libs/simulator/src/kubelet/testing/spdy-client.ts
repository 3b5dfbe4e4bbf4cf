import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { constants, createDeflate } from 'node:zlib';
import { spdyDictionary } from '../server/spdy/dictionary.ts';
import { dataFrame, FrameReader } from '../server/spdy/frames.ts';

/** What came over one stream so far. */
export interface ReceivedStream {
  data: string;
  ended: boolean;
}

/** The client's end of a SPDY/3.1 connection, as an API server has it. */
export class SpdyClient {
  /** The server's answer to the request to switch. */
  readonly head: string;
  readonly streams = new Map<number, ReceivedStream>();
  readonly socket: Socket;
  readonly #deflate = createDeflate({ dictionary: spdyDictionary });
  #next = 1;

  private constructor(socket: Socket, head: string) {
    this.socket = socket;
    this.head = head;
    const reader = new FrameReader();
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of reader.push(chunk)) {
        const stream = 'stream' in frame ? this.streams.get(frame.stream) : undefined;
        if (stream === undefined) continue;
        if (frame.type === 'data') stream.data += frame.data;
        stream.ended ||= frame.type === 'reset' || (frame.type === 'data' && frame.fin);
      }
    });
  }

  static async connect(
    port: number,
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<SpdyClient> {
    const socket = connect(port, '127.0.0.1');
    const lines = Object.entries({ Host: 'kubelet', ...headers }).map(([name, value]) => `${name}: ${value}`);
    socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    const [first] = (await once(socket, 'data')) as [Buffer];
    return new SpdyClient(socket, String(first));
  }

  /** Opens a stream. */
  async open(headers: Readonly<Record<string, string>>): Promise<number> {
    const id = this.#next;
    this.#next += 2;
    this.streams.set(id, { data: '', ended: false });
    const block = await this.#compress(headers);
    const body = Buffer.concat([Buffer.from([0, 0, 0, id, 0, 0, 0, 0, 0, 0]), block]);
    this.socket.write(
      Buffer.concat([Buffer.from([0x80, 3, 0, 1, 0, 0, body.length >> 8, body.length & 255]), body]),
    );
    return id;
  }

  send(stream: number, text: string, fin = false): void {
    this.socket.write(dataFrame(stream, Buffer.from(text), fin));
  }

  async #compress(headers: Readonly<Record<string, string>>): Promise<Buffer> {
    const words = Object.entries(headers).flat();
    const numbers = [words.length / 2, ...words.map((word) => Buffer.byteLength(word))].map((value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    });
    const [count = Buffer.alloc(0), ...lengths] = numbers;
    const texts = words.flatMap((word, i) => [lengths[i] ?? Buffer.alloc(0), Buffer.from(word)]);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#deflate.write(Buffer.concat([count, ...texts]));
    this.#deflate.flush(constants.Z_SYNC_FLUSH, () => resolve());
    await promise;
    return this.#deflate.read() as Buffer;
  }
}
