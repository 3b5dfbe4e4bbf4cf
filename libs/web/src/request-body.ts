import type { IncomingMessage } from 'node:http';

/** Why a body is not taken, and the HTTP status that says so. */
export class BodyRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BodyRefusal';
    this.status = status;
  }
}

/**
 * Reads the body of a request as JSON.
 *
 * @throws BodyRefusal for what is not JSON or too much of it; whatever the stream says when the client goes away
 */
export async function readJson(
  request: IncomingMessage,
  maxBytes: number,
  arriving: ArrivingBodies,
): Promise<unknown> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (!/^application\/json\s*(;|$)/i.test(type) || encoding !== 'identity')
    throw new BodyRefusal(415, 'send application/json, not compressed');
  const bytes = await readBody(request, maxBytes, arriving);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw new BodyRefusal(400, 'the body is not JSON', { cause });
  }
}

/** What is left of a body that is too large stays unread, so that it can still be answered. */
async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  arriving: ArrivingBodies,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  using place = arriving.add(request);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    place.grow(chunk.length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function tooLarge(maxBytes: number): BodyRefusal {
  return new BodyRefusal(413, `the body has more than ${maxBytes} bytes`);
}

/** A body whose bytes are counted until it is disposed. */
export interface ArrivingBody extends Disposable {
  grow(bytes: number): void;
}

/**
 * Bodies that have begun to arrive and are not complete. What they hold of
 * memory is bounded: when there is no room for the bytes of one, the clients
 * that have been sending for the longest are cut off. A client that sends at the
 * speed of a network is never among them.
 */
export class ArrivingBodies {
  readonly #most: number;
  readonly #bytes = new Map<IncomingMessage, number>();
  #held = 0;

  /** @param most bytes that may be held */
  constructor(most: number) {
    this.#most = most;
  }

  /** Bytes held now. */
  get held(): number {
    return this.#held;
  }

  add(request: IncomingMessage): ArrivingBody {
    this.#bytes.set(request, 0);
    return {
      grow: (bytes) => this.#grow(request, bytes),
      [Symbol.dispose]: () => this.#forget(request),
    };
  }

  #grow(request: IncomingMessage, bytes: number): void {
    const own = this.#bytes.get(request);
    if (own === undefined) return;
    this.#bytes.set(request, own + bytes);
    this.#held += bytes;
    for (const oldest of this.#bytes.keys()) {
      if (this.#held <= this.#most) return;
      this.#forget(oldest);
      oldest.socket.resetAndDestroy();
    }
  }

  #forget(request: IncomingMessage): void {
    this.#held -= this.#bytes.get(request) ?? 0;
    this.#bytes.delete(request);
  }
}
