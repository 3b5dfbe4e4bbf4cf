import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { errorMessage } from '@rackwright/core';
import { adminPath } from './admin-routes.ts';
import { type Answer, ApiError, type Call, errorAnswer } from './call.ts';
import { bodyLimit } from './default-config.ts';
import { type Faults, isSpoiled } from './faults.ts';
import { type NodeContext, nodeName } from './node-context.ts';
import { callerHeader } from './peers.ts';

/** Where a server listens; without an address everywhere. */
export interface ListenAddress {
  readonly host?: string;
  readonly port: number;
}

/** A node's servers on its three networks. They answer alike. */
export class FrontEnd {
  readonly #node: NodeContext;
  readonly #answer: (call: Call) => Promise<Answer>;

  constructor(node: NodeContext, answer: (call: Call) => Promise<Answer>) {
    this.#node = node;
    this.#answer = answer;
  }

  /** @throws Error when an address is taken */
  async listen(addresses: readonly ListenAddress[], tls: ServerOptions | undefined): Promise<void> {
    for (const address of addresses) {
      const serve = (incoming: IncomingMessage, response: ServerResponse): void => {
        this.#serve(incoming, response).catch((error: unknown) => {
          this.#node.log(`${incoming.method} ${incoming.url}: ${errorMessage(error)}`);
          response.destroy();
        });
      };
      const server: Server = tls === undefined ? createServer(serve) : createSecureServer(tls, serve);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.once('error', reject);
      server.listen(
        { port: address.port, ...(address.host !== undefined && { host: address.host }) },
        resolve,
      );
      await promise;
    }
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(incoming);
    const isPublic = call.peer === undefined && call.path[0] !== adminPath;
    const { delayMs = 0, truncate = false, ...instead } = isPublic ? this.#faultsOf(call) : {};
    const answer = this.#spoiledAnswer(call, instead) ?? (await this.#sound(call));
    if (delayMs > 0) await this.#node.clock.sleep(delayMs, this.#node.signal);
    if (isPublic) this.#record(call, answer.status);
    send(response, answer, truncate);
  }

  async #sound(call: Call): Promise<Answer> {
    try {
      return await this.#answer(call);
    } catch (error) {
      const refusal = error instanceof ApiError ? error : new ApiError(500, errorMessage(error));
      return errorAnswer(refusal, call, nodeName(this.#node.self));
    }
  }

  /** What a fault answers in place of the node; undefined for none. */
  #spoiledAnswer(call: Call, { garbage, status }: Faults): Answer | undefined {
    if (status !== undefined) {
      return errorAnswer(new ApiError(status, 'as told by a fault'), call, nodeName(this.#node.self));
    }
    return garbage === true ? { status: 200, body: Buffer.from([0x7b, 0x00, 0xff, 0xfe, 0x22]) } : undefined;
  }

  /** The faults that this request meets, which is counted. */
  #faultsOf(call: Call): Faults {
    const { faults } = this.#node;
    const { current } = faults;
    if (!isSpoiled(current, `${call.method} ${call.url}`)) return {};
    if (current.times !== undefined) faults.current = { ...current, times: current.times - 1 };
    return current;
  }

  #record({ method, url, body, path }: Call, status: number): void {
    // An object's bytes are no part of the story.
    const isObject = path[1] === 'objects';
    const kept = isObject ? '' : body.toString('utf8');
    this.#node.journal.add({ at: this.#node.clock.now(), method, url, body: kept, status });
  }
}

function send(
  response: ServerResponse,
  { status, body = '', headers = {} }: Answer,
  isCutOff: boolean,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  if (!isCutOff) response.end(bytes);
  else response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

async function readCall(incoming: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += (chunk as Buffer).length;
    if (length > bodyLimit) throw new Error('the body is too long');
    chunks.push(chunk as Buffer);
  }
  const url = new URL(incoming.url ?? '/', 'http://node');
  const peer = incoming.headers[callerHeader];
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decoded),
    query: url.searchParams,
    url: url.pathname + url.search,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
    peer: typeof peer === 'string' ? peer : undefined,
    remote: `${incoming.socket.remoteAddress}:${incoming.socket.remotePort}`,
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
