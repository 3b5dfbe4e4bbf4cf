import type { Server } from '@grpc/grpc-js';
import { type Clock, HwError } from '@rackwright/core';
import { type ConnectionLimits, Connections, defaultLimits } from './connections.ts';
import { formatEndpoint } from './endpoint.ts';
import type { Listener } from './listener.ts';
import type { ServerTls } from './tls.ts';

/** Where and how a server listens for clients of other machines. */
export interface ServerPortOptions {
  /** Empty for every address of this machine. */
  readonly host: string;
  /** 0 for one that is free. */
  readonly port: number;
  readonly tls: ServerTls;
  readonly clock: Clock;
  readonly limits?: ConnectionLimits;
}

/** A gRPC server's port. Whoever connects has to show a certificate with the right name first. */
export class ServerPort implements Listener {
  readonly address: string;
  readonly stands = true;
  readonly #connections: Connections;

  private constructor(address: string, connections: Connections) {
    this.address = address;
    this.#connections = connections;
  }

  /** @throws HwError Unavailable if binding fails, InvalidArgument if certificate and key are none or no pair */
  static async bind(server: Server, options: ServerPortOptions): Promise<ServerPort> {
    const { host, port, tls, clock, limits = defaultLimits } = options;
    const connections = connect(server, { tls, clock, limits });
    try {
      await connections.listen({ port, ...(host !== '' && { host }) });
      const bound = formatEndpoint({ kind: 'tcp', host, port: connections.port ?? port });
      return new ServerPort(bound, connections);
    } catch (cause) {
      connections.close();
      server.forceShutdown();
      throw new HwError('Unavailable', `cannot serve on ${formatEndpoint({ kind: 'tcp', host, port })}`, {
        cause,
      });
    }
  }

  remove(): void {
    this.#connections.stopListening();
  }

  async ended(signal: AbortSignal): Promise<void> {
    await this.#connections.ended(signal);
  }

  close(): void {
    this.#connections.close();
  }
}

function connect(server: Server, options: ConstructorParameters<typeof Connections>[1]): Connections {
  try {
    return new Connections(server, options);
  } catch (cause) {
    server.forceShutdown();
    throw new HwError('InvalidArgument', 'certificate and key cannot be used', { cause });
  }
}
