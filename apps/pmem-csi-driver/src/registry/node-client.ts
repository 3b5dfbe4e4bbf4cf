import { type Clock, errorMessage, HwError, isHwError } from '@rackwright/core';
import { CsiClient, csi } from '@rackwright/csi';
import { type MutualTls, proxyFor, statusName, toGrpcStatus, type UnaryMethod } from '@rackwright/grpc';
import type { CallTimes } from '../metrics.ts';
import { portOf } from './endpoints.ts';

/** How nodes are called. */
export interface NodeClientOptions {
  readonly tls: MutualTls;
  readonly clock: Clock;
  readonly observe: CallTimes;
  /** May name a proxy. */
  readonly env: NodeJS.ProcessEnv;
}

/** How long a call may take that makes or removes nothing, in milliseconds. */
export const lookMs = 10_000;
/** How long others may take: the sidecars of Kubernetes give up after 5 min. */
const workMs = 300_000;

/** A node did not take a call, or it is not known what became of it. */
export class NodeCallError extends HwError {
  /** The node has taken the call, so that it may have done what it was asked for. */
  readonly taken: boolean;

  constructor(node: string, error: unknown, taken: boolean) {
    const message = errorMessage(error);
    const text = message.includes(`${node}: `) ? message : `${node}: ${message}`;
    super(isHwError(error) ? error.code : 'Internal', text);
    this.taken = taken;
  }
}

/** Calls the CSI controller service of a node. */
export class NodeClient {
  readonly #node: string;
  readonly #client: CsiClient;
  readonly #options: NodeClientOptions;

  /** @throws HwError InvalidArgument for a bad endpoint */
  constructor(node: string, endpoint: string, options: NodeClientOptions) {
    this.#node = node;
    const { tls, clock, env } = options;
    const proxy = proxyFor(portOf('endpoint', endpoint), env);
    this.#client = new CsiClient({ endpoint, tls, clock, proxy, timeoutMs: workMs });
    this.#options = options;
  }

  /** @throws NodeCallError with the code of the node's answer */
  async call<Q, R>(
    method: UnaryMethod<Q, R>,
    request: Q,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<R> {
    const { clock, observe } = this.#options;
    const start = clock.monotonic();
    const ended = (code: string): void => observe(method.path, code, (clock.monotonic() - start) / 1000);
    let taken = false;
    const accepted = (): void => {
      taken = true;
    };
    try {
      const answer = await this.#client.call(method, request, { ...options, accepted });
      ended('OK');
      return answer;
    } catch (error) {
      ended(statusName(toGrpcStatus(error).code));
      throw new NodeCallError(this.#node, error, taken);
    }
  }

  /** Every volume of the node, with whether something is wrong with it. */
  async list(signal?: AbortSignal): Promise<csi.ListVolumesResponse_Entry[]> {
    const all = { maxEntries: 0, startingToken: '' };
    const how = { timeoutMs: lookMs, ...(signal && { signal }) };
    return (await this.call(csi.ControllerService.listVolumes, all, how)).entries;
  }
}
