import { basename, dirname } from 'node:path';
import type { Clock } from '@rackwright/core';
import { HwError } from '@rackwright/core';
import { callOnce, parseEndpoint, socketPath, type UnaryMethod } from '@rackwright/grpc';

/** How a CSI driver is reached. */
export interface CsiClientOptions {
  /** For instance `unix:///var/lib/kubelet/plugins/pmem-csi.intel.com/csi.sock`, or the path alone. */
  readonly endpoint: string;
  readonly clock: Clock;
  /** Time limit of a call that names none, in milliseconds. Default 2 min, as the kubelet's. */
  readonly timeoutMs?: number;
}

/** Calls a CSI driver. Each call has a connection of its own. */
export class CsiClient {
  readonly #options: CsiClientOptions;
  readonly #socket: string;

  /** @throws HwError InvalidArgument for an endpoint that is no unix socket */
  constructor(options: CsiClientOptions) {
    const where = parseEndpoint(options.endpoint);
    if (where.kind === 'tcp') throw new HwError('InvalidArgument', `${options.endpoint} is no unix socket`);
    this.#options = options;
    this.#socket = where.path;
  }

  /**
   * @param method for instance `csi.NodeService.nodeStageVolume`
   * @throws HwError with the code of the driver's status, Unavailable if nobody answers, DeadlineExceeded
   */
  call<Q, R>(
    method: UnaryMethod<Q, R>,
    request: Q,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<R> {
    const { clock } = this.#options;
    const { timeoutMs = this.#options.timeoutMs ?? 120_000, signal } = options;
    const what = method.path.slice(method.path.lastIndexOf('/') + 1);
    const socket = socketPath(dirname(this.#socket), basename(this.#socket));
    return callOnce({ socket, method, request, what, clock, timeoutMs, signal });
  }
}
