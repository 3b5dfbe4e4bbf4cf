import { basename, dirname } from 'node:path';
import type { Server } from '@grpc/grpc-js';
import {
  aborted,
  type Clock,
  errorMessage,
  HwError,
  Latest,
  type Logger,
  type Runnable,
} from '@rackwright/core';
import {
  type CallObserver,
  type ConnectionLimits,
  callOnce,
  GrpcServer,
  handlers,
  parseEndpoint,
  type ServerTls,
} from '@rackwright/grpc';
import { ControllerService, IdentityService, NodeService } from './gen/csi/v1/csi.ts';
import { withoutSecrets } from './log-fields.ts';
import type { ControllerMethods, IdentityMethods, NodeMethods } from './service.ts';

/** What a CSI driver serves, and where. */
export interface CsiServerOptions {
  /** For instance `unix:///csi/csi.sock`, or `tcp://10.0.0.1:10001` with `tls`. */
  readonly endpoint: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: IdentityMethods;
  readonly controller?: ControllerMethods;
  readonly node?: NodeMethods;
  /**
   * Counts calls.
   *
   * @param code as Go writes statuses: `OK`, `InvalidArgument`
   */
  readonly observe?: (method: string, code: string, seconds: number) => void;
  readonly limits?: ConnectionLimits;
  /** Certificates; needed on a port. */
  readonly tls?: ServerTls;
  /** How long running calls get when the server stops, in milliseconds. Default 10 s. */
  readonly graceMs?: number;
}

/**
 * A CSI driver's gRPC server (container-storage-interface/spec v1.12). Requests
 * over 4 MiB are refused, and what is logged has no secrets.
 */
export class CsiServer implements Runnable {
  readonly name = 'csi';
  /** Whether clients can connect. */
  readonly listening = new Latest(false);
  readonly #options: CsiServerOptions;
  #server: GrpcServer | undefined;

  constructor(options: CsiServerOptions) {
    this.#options = options;
  }

  /** @throws HwError InvalidArgument for a bad endpoint, NotFound without its folder, Unavailable if binding fails */
  async start(signal: AbortSignal): Promise<void> {
    const { endpoint, logger, graceMs = 10_000 } = this.#options;
    const server = await this.#listen();
    this.#server = server;
    logger.info('serving CSI', { endpoint });
    this.listening.set(true);
    await aborted(signal);
    this.listening.set(false);
    await server.close(graceMs);
  }

  /** Where clients connect; undefined until there is a server. */
  get address(): string | undefined {
    return this.#server?.address;
  }

  /**
   * Asks the driver through its own unix socket, as the kubelet would.
   *
   * @throws HwError Unavailable or DeadlineExceeded, what Probe fails with, Unsupported on a port
   */
  async probe(timeoutMs = 2000, signal?: AbortSignal): Promise<void> {
    if (this.#server === undefined) throw new HwError('Unavailable', 'CSI is not served yet');
    const { address } = this.#server;
    if (!address.startsWith('/')) throw new HwError('Unsupported', `${address} is not asked from within`);
    await callOnce({
      socket: address,
      method: IdentityService.probe,
      request: {},
      what: 'own socket',
      clock: this.#options.clock,
      timeoutMs,
      signal,
    });
  }

  #listen(): Promise<GrpcServer> {
    const { endpoint, clock, limits, tls } = this.#options;
    const where = parseEndpoint(endpoint);
    const how = { clock, ...(limits && { limits }) };
    const add = (server: Server): void => this.#addServices(server);
    if (where.kind === 'unix') {
      return GrpcServer.listen(add, { folder: dirname(where.path), name: basename(where.path), ...how });
    }
    if (tls === undefined) throw new HwError('InvalidArgument', `${endpoint} needs certificates`);
    return GrpcServer.listenTls(add, { ...where, tls, ...how });
  }

  #addServices(server: Server): void {
    const { identity, controller, node } = this.#options;
    const observer = this.#observer();
    server.addService(IdentityService, handlers(IdentityService, identity, observer));
    if (controller) server.addService(ControllerService, handlers(ControllerService, controller, observer));
    if (node) server.addService(NodeService, handlers(NodeService, node, observer));
  }

  #observer(): CallObserver {
    const { clock, logger, observe } = this.#options;
    return {
      now: () => clock.monotonic() / 1000,
      ended: ({ method, request, code, seconds, error }) => {
        observe?.(method, code, seconds);
        const fields = { method, code, seconds, request: withoutSecrets(request) };
        if (error === undefined) logger.debug('call', fields);
        else logger.warn('call failed', { ...fields, error: errorMessage(error) });
      },
    };
  }
}
