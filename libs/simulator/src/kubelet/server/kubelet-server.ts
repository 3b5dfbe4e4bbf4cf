import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type Clock, errorMessage, HwError, isHwError } from '@rackwright/core';
import type { Pod } from '../pod-model.ts';
import { podUid } from '../pod-model.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { type LogOptions, readLog } from './log-reader.ts';

/** Key and certificate of the kubelet's server, and who may sign its clients. All PEM. */
export interface ServingCredentials {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
}

export interface KubeletServerOptions {
  readonly address: string;
  readonly port: number;
  readonly serving: ServingCredentials;
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly find: (namespace: string, name: string) => Pod | undefined;
}

/** The kubelet's HTTPS server, as far as `kubectl logs` needs it: /healthz and /containerLogs. */
export class KubeletServer implements AsyncDisposable {
  readonly #options: KubeletServerOptions;
  readonly #server: Server;
  readonly #stop = new AbortController();

  private constructor(options: KubeletServerOptions) {
    this.#options = options;
    const { cert, key, clientCa } = options.serving;
    this.#server = createServer({ cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: false });
    this.#server.on('request', (request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(isHwError(error, 'NotFound') ? 404 : 500);
        response.end(`${errorMessage(error)}\n`);
      });
    });
  }

  /** @throws HwError AlreadyExists when somebody else serves on that address and port */
  static async listen(options: KubeletServerOptions): Promise<KubeletServer> {
    const server = new KubeletServer(options);
    server.#server.listen(options.port, options.address);
    try {
      await once(server.#server, 'listening');
    } catch (cause) {
      throw new HwError('AlreadyExists', `cannot serve on ${options.address}:${options.port}`, { cause });
    }
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!(request.socket instanceof TLSSocket && request.socket.authorized)) {
      response.writeHead(401).end('Unauthorized\n');
      return;
    }
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const [, route, namespace, name, container] = url.pathname.split('/').map(decodeURIComponent);
    if (route === 'healthz') {
      response.writeHead(200).end('ok');
    } else if (route === 'containerLogs' && namespace && name && container) {
      await this.#logs(response, { namespace, name, container }, url.searchParams);
    } else {
      response.writeHead(404).end('the kubelet double does not serve this\n');
    }
  }

  async #logs(
    response: ServerResponse,
    target: { namespace: string; name: string; container: string },
    query: URLSearchParams,
  ): Promise<void> {
    const { runtime, clock } = this.#options;
    const pod = this.#options.find(target.namespace, target.name);
    const records = runtime
      .list(pod === undefined ? '' : podUid(pod))
      .filter((record) => record.name === target.container)
      .sort((a, b) => b.attempt - a.attempt);
    const record = records[query.get('previous') === 'true' ? 1 : 0];
    if (record === undefined) {
      throw new HwError('NotFound', `container ${target.container} of pod ${target.name} has no log`);
    }
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const signal = AbortSignal.any([this.#stop.signal, gone.signal]);
    const isOver = (): boolean => runtime.get(record.id)?.state !== 'running';
    for await (const text of readLog(record.logFile, logOptions(query, clock.now()), clock, isOver, signal)) {
      if (!response.write(text)) await once(response, 'drain', { signal }).catch(() => undefined);
    }
    response.end();
  }
}

function logOptions(query: URLSearchParams, now: number): LogOptions {
  const tailLines = query.get('tailLines');
  const limitBytes = query.get('limitBytes');
  const sinceSeconds = query.get('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  return {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    ...(tailLines === null ? {} : { tailLines: Number(tailLines) }),
    ...(limitBytes === null ? {} : { limitBytes: Number(limitBytes) }),
    ...(sinceSeconds === null ? {} : { since: now - Number(sinceSeconds) * 1000 }),
    ...(sinceTime === null ? {} : { since: Date.parse(sinceTime) }),
  };
}
