import { basename, dirname } from 'node:path';
import type { Clock } from '@rackwright/core';
import { HwError } from '@rackwright/core';
import {
  callOnce,
  type Endpoint,
  type MutualTls,
  parseEndpoint,
  socketPath,
  type TlsTarget,
  type UnaryMethod,
} from '@rackwright/grpc';

/** How a CSI driver is reached. */
export interface CsiClientOptions {
  /** For instance `unix:///var/lib/kubelet/plugins/pmem-csi.intel.com/csi.sock`, or the path alone. */
  readonly endpoint: string;
  /** Certificates; needed for a port. */
  readonly tls?: MutualTls;
  /** Through which a port is reached; absent for straight. */
  readonly proxy?: URL | undefined;
  readonly clock: Clock;
  /** Time limit of a call that names none, in milliseconds. Default 2 min, as the kubelet's. */
  readonly timeoutMs?: number;
}

/** How one call is made. */
export interface CsiCallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called once somebody has accepted the connection: from then on the call may have been done, whatever comes. */
  readonly accepted?: () => void;
}

/** Calls a CSI driver, over its unix socket or over mutual TLS. Each call has a connection of its own. */
export class CsiClient {
  readonly #options: CsiClientOptions;
  readonly #where: Endpoint;

  /** @throws HwError InvalidArgument for a bad endpoint, or a port without certificates */
  constructor(options: CsiClientOptions) {
    const { endpoint, tls } = options;
    this.#options = options;
    this.#where = parseEndpoint(endpoint);
    if (this.#where.kind === 'tcp' && tls === undefined) {
      throw new HwError('InvalidArgument', `${endpoint} needs certificates`);
    }
  }

  /**
   * @param method for instance `csi.NodeService.nodeStageVolume`
   * @throws HwError with the code of the driver's status, Unavailable if nobody answers, DeadlineExceeded
   */
  call<Q, R>(method: UnaryMethod<Q, R>, request: Q, options: CsiCallOptions = {}): Promise<R> {
    const { clock } = this.#options;
    const { timeoutMs = this.#options.timeoutMs ?? 120_000, signal, accepted } = options;
    const what = method.path.slice(method.path.lastIndexOf('/') + 1);
    const how = { clock, timeoutMs, signal, ...(accepted && { accepted }) };
    return callOnce({ socket: this.#target(), method, request, what, ...how });
  }

  #target(): string | TlsTarget {
    const { tls, proxy } = this.#options;
    if (this.#where.kind === 'tcp' && tls !== undefined) return { ...this.#where, ...tls, proxy };
    if (this.#where.kind === 'tcp') throw new HwError('Internal', 'there are no certificates');
    return socketPath(dirname(this.#where.path), basename(this.#where.path));
  }
}
