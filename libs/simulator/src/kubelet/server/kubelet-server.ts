import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { type Clock, errorMessage, HwError, isHwError } from '@rackwright/core';
import type { Pod } from '../pod-model.ts';
import { podUid } from '../pod-model.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { execRequest, serveExec } from './exec.ts';
import { type LogOptions, readLog } from './log-reader.ts';
import { servePortForward } from './port-forward.ts';
import { refuseUpgrade, type Upgrade } from './streaming.ts';

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
  /** Where a pod listens. */
  readonly addressOf: (pod: Pod) => string | undefined;
}

/** The kubelet's HTTPS server, as far as kubectl's `logs`, `exec` and `port-forward` need it. */
export class KubeletServer implements AsyncDisposable {
  readonly #options: KubeletServerOptions;
  readonly #server: Server;
  readonly #stop = new AbortController();
  readonly #upgraded = new Set<Duplex>();

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
    this.#server.on('upgrade', (request, socket, head) => this.#accept({ request, socket, head }));
  }

  /** @throws HwError NotFound when nothing here is meant */
  #upgrade(upgrade: Upgrade): void {
    const url = new URL(upgrade.request.url ?? '/', 'https://kubelet');
    const [, route, namespace = '', name = '', container] = url.pathname.split('/').map(decodeURIComponent);
    const pod = this.#options.find(namespace, name);
    const address = pod === undefined ? undefined : this.#options.addressOf(pod);
    if (pod === undefined || address === undefined) {
      throw new HwError('NotFound', `pod ${namespace}/${name} does not run here`);
    }
    if (route === 'exec') this.#exec(upgrade, pod, { container, query: url.searchParams });
    else if (route === 'portForward') servePortForward(upgrade, { name, uid: podUid(pod), address });
    else throw new HwError('NotFound', 'the kubelet double does not serve this');
  }

  #exec(
    upgrade: Upgrade,
    pod: Pod,
    { container, query }: { readonly container: string | undefined; readonly query: URLSearchParams },
  ): void {
    const { runtime } = this.#options;
    const records = runtime.list(podUid(pod));
    const record = records.find((one) => one.name === container && one.state === 'running');
    if (record === undefined) throw new HwError('NotFound', `container ${container} does not run`);
    serveExec(upgrade, execRequest(record.id, query), runtime);
  }

  #accept(upgrade: Upgrade): void {
    const { socket, request } = upgrade;
    this.#upgraded.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#upgraded.delete(socket));
    try {
      if (isTrusted(request)) this.#upgrade(upgrade);
      else refuseUpgrade(socket, '401 Unauthorized', 'Unauthorized\n');
    } catch (error) {
      const status = isHwError(error, 'NotFound') ? '404 Not Found' : '400 Bad Request';
      refuseUpgrade(socket, status, `${errorMessage(error)}\n`);
    }
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
    for (const socket of this.#upgraded) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isTrusted(request)) {
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

/** Whether the client is the API server, by its certificate. */
function isTrusted({ socket }: IncomingMessage): boolean {
  return socket instanceof TLSSocket && socket.authorized;
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
