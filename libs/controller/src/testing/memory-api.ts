import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, silentLogger } from '@rackwright/core';
import { type ConfigMap, fixedConnection, KubeClient, resources } from '@rackwright/kube';
import { Informer, type InformerOptions } from '../informer.ts';

interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ConfigMap;
}

/** Answers a request in place of the server; false to let it answer itself. */
export type Fault = (response: ServerResponse, request: IncomingMessage) => boolean;

/**
 * A real HTTP server for tests that holds ConfigMaps, lists them in pages and
 * lets them be watched like the API server does, and can be told to misbehave.
 */
export class MemoryApi implements AsyncDisposable {
  readonly url: string;
  lists = 0;
  watches = 0;
  /** Times it was asked whether it is ready. */
  probes = 0;
  listFault: Fault = () => false;
  watchFault: Fault = () => false;
  readonly #server: Server;
  readonly #objects = new Map<string, ConfigMap>();
  readonly #streams = new Set<ServerResponse>();
  #history: Change[] = [];
  #forgotten = 0;
  #version = 10;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => this.#answer(request, response));
  }

  static async start(): Promise<MemoryApi> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new MemoryApi(server);
  }

  /** Name and value of everything there is. */
  get contents(): Record<string, string> {
    return contentsOf([...this.#objects.values()]);
  }

  /** Creates or replaces an object. */
  put(name: string, v: string): void {
    const type = this.#objects.has(name) ? 'MODIFIED' : 'ADDED';
    this.#change(type, { metadata: { name, namespace: 'ns', managedFields: [{}] }, data: { v } });
  }

  remove(name: string): void {
    const object = this.#objects.get(name);
    if (object !== undefined) this.#change('DELETED', object);
  }

  /** Ends all watches in good order. */
  close(): void {
    for (const stream of this.#takeStreams()) stream.end();
  }

  /** Breaks all watches off. */
  reset(): void {
    for (const stream of this.#takeStreams()) stream.socket?.resetAndDestroy();
  }

  /** Ends all watches in the middle of an event. */
  cutOff(): void {
    for (const stream of this.#takeStreams()) stream.end('{"type":"ADDED","obj');
  }

  /** Sends `text` to all watches as it is. */
  say(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  /** Forgets what happened: versions from before can be resumed from no longer. */
  compact(): void {
    this.#history = [];
    this.#forgotten = this.#version;
  }

  bookmark(): void {
    this.say(
      `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: `${this.#version}` } } })}\n`,
    );
  }

  client(clock: Clock): KubeClient {
    return new KubeClient({ connection: fixedConnection({ server: this.url }), clock, userAgent: 'test' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** The open watches, which get nothing more. */
  #takeStreams(): ServerResponse[] {
    const streams = [...this.#streams];
    this.#streams.clear();
    return streams;
  }

  #change(type: Change['type'], object: ConfigMap): void {
    this.#version += 1;
    const { name = '' } = object.metadata ?? {};
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: `${this.#version}` } };
    if (type === 'DELETED') this.#objects.delete(name);
    else this.#objects.set(name, stored);
    const change = { version: this.#version, type, object: stored };
    this.#history.push(change);
    this.say(`${JSON.stringify(change)}\n`);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', this.url);
    if (pathname === '/readyz') {
      this.probes += 1;
      response.end('ok');
      return;
    }
    const isWatch = query.has('watch');
    if (isWatch) this.watches += 1;
    else this.lists += 1;
    if ((isWatch ? this.watchFault : this.listFault)(response, request)) return;
    if (isWatch) this.#watch(Number(query.get('resourceVersion')), response);
    else
      this.#list(
        Number(query.get('continue') ?? 0),
        Number(query.get('limit') ?? Number.POSITIVE_INFINITY),
        response,
      );
  }

  #list(start: number, limit: number, response: ServerResponse): void {
    const all = [...this.#objects.values()];
    const more = start + limit < all.length ? { continue: `${start + limit}` } : {};
    json(response, 200, {
      metadata: { resourceVersion: `${this.#version}`, ...more },
      items: all.slice(start, start + limit),
    });
  }

  #watch(version: number, response: ServerResponse): void {
    if (version < this.#forgotten) {
      refuse(response, 410);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    for (const change of this.#history) {
      if (change.version > version) response.write(`${JSON.stringify(change)}\n`);
    }
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }
}

export function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Answers with a failure; true, so that it can end a `Fault`. */
export function refuse(response: ServerResponse, code: number, headers = {}): true {
  json(response, code, { kind: 'Status', code, message: 'told to fail' }, headers);
  return true;
}

export function contentsOf(objects: readonly ConfigMap[]): Record<string, string> {
  const pairs = objects.map(({ metadata, data }) => [metadata?.name ?? '', data?.v ?? '']);
  return Object.fromEntries(pairs.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

/** An informer of the server's ConfigMaps that runs until it is disposed. */
export function runInformer(
  api: MemoryApi,
  clock: Clock,
  options: Partial<InformerOptions<ConfigMap>> = {},
): Informer<ConfigMap> & AsyncDisposable {
  const client = api.client(clock);
  const informer = new Informer<ConfigMap>({
    ...{ client, type: resources.configMaps, clock, logger: silentLogger },
    ...options,
  });
  const abort = new AbortController();
  const running = informer.start(abort.signal);
  return Object.assign(informer, {
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await running;
      await client[Symbol.asyncDispose]();
    },
  });
}
