import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@rackwright/core';
import { Authority } from '@rackwright/testbed/without-nodes';
import type { PodOfCluster } from '../plugin-run.ts';

/** A field of JSON. */
type Fields = { readonly [field: string]: unknown };

/**
 * Keeps what an agent writes, by its path, over TLS as the API server does. It
 * judges nothing: whether an API server takes it is for the end-to-end cases to see.
 */
export class PlainApi implements AsyncDisposable {
  readonly objects = new Map<string, Fields>();
  readonly pod: PodOfCluster;
  readonly #server: Server;
  #version = 0;

  private constructor(server: Server, ca: string) {
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.pod = {
      env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) },
      account: { token: 'token', 'ca.crt': ca, namespace: 'default' },
    };
  }

  static async start(): Promise<PlainApi> {
    const authority = await Authority.create(systemClock);
    const pair = await authority.issue({ commonName: 'api', hosts: ['127.0.0.1'] });
    const { promise, resolve } = Promise.withResolvers<void>();
    let api: PlainApi | undefined;
    const server = createServer(pair, (request, response) => void api?.answer(request, response));
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    api = new PlainApi(server, authority.cert);
    return api;
  }

  /** Objects of a collection. */
  list(folder: string): Fields[] {
    return [...this.objects].flatMap(([path, one]) => (path.startsWith(`${folder}/`) ? [one] : []));
  }

  /** Writes an object, fields of its metadata beside those that are there. */
  put(path: string, fields: Fields): Fields {
    this.#version += 1;
    const before = this.objects.get(path) ?? {};
    const metadata = {
      ...(before.metadata as Fields | undefined),
      ...(fields.metadata as Fields | undefined),
      ...{ name: path.split('/').at(-1), uid: path, resourceVersion: String(this.#version) },
    };
    const next = { ...before, ...fields, metadata };
    this.objects.set(path, next);
    return next;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const body: Fields = text === '' ? {} : JSON.parse(text);
    const [status, answer] = this.#answer(request.method ?? '', request.url ?? '', body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #answer(method: string, url: string, body: Fields): [number, Fields] {
    const path = url.replace(/\?.*$/, '').replace(/\/status$/, '');
    const known = this.objects.get(path);
    switch (method) {
      case 'POST':
        return [201, this.put(`${path}/${(body.metadata as Fields | undefined)?.name}`, body)];
      case 'PATCH':
      case 'PUT':
        return [200, this.put(path, body)];
      case 'DELETE':
        this.objects.delete(path);
        return [200, { kind: 'Status', status: 'Success' }];
      default:
        return known === undefined
          ? [404, { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404, message: `no ${path}` }]
          : [200, known];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
