import { Agent, type IncomingMessage, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { type Clock, HwError, withDeadline } from '@rackwright/core';

/** What another node answered. */
export interface PeerAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export interface PeerCall {
  readonly method: string;
  readonly body?: string | Buffer;
  /** How long an answer may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Header with the id of the node that asks. */
export const callerHeader = 'ais-caller-id';

export interface PeersOptions {
  readonly id: string;
  readonly clock: Clock;
  /** Where the proxy into the cluster's network is, if this is a simulated node. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly tls: {
    readonly ca?: Buffer;
    readonly cert?: Buffer;
    readonly key?: Buffer;
    readonly skipVerify: boolean;
  };
}

/** Requests to other nodes of the cluster. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #plain: Agent;
  readonly #secure: SecureAgent;

  constructor(options: PeersOptions) {
    this.#options = options;
    const { HTTP_PROXY, HTTPS_PROXY, NO_PROXY } = options.env;
    const { skipVerify, ...files } = options.tls;
    const shared = { keepAlive: true, maxSockets: 16, proxyEnv: { HTTP_PROXY, HTTPS_PROXY, NO_PROXY } };
    this.#plain = new Agent(shared);
    this.#secure = new SecureAgent({ ...shared, ...files, rejectUnauthorized: !skipVerify });
  }

  /** @throws HwError Unavailable or DeadlineExceeded when there is no answer */
  async call(url: string, { method, body, timeoutMs }: PeerCall): Promise<PeerAnswer> {
    return withDeadline(this.#options.clock, timeoutMs, `${method} ${url}`, async (signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
      const secure = url.startsWith('https:');
      const outgoing = (secure ? secureRequest : request)(url, {
        ...{ method, signal, agent: secure ? this.#secure : this.#plain },
        headers: { [callerHeader]: this.#options.id, 'content-length': Buffer.byteLength(body ?? '') },
      });
      outgoing.on('response', resolve).on('error', reject).end(body);
      try {
        const answer = await promise;
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        return { status: answer.statusCode ?? 0, body: Buffer.concat(chunks) };
      } catch (cause) {
        throw new HwError('Unavailable', `${method} ${url}: no answer`, { cause });
      }
    });
  }

  /** The same, with undefined instead of an error and for every status but 200. */
  async ask(url: string, call: PeerCall): Promise<Buffer | undefined> {
    try {
      const { status, body } = await this.call(url, call);
      return status === 200 ? body : undefined;
    } catch {
      return undefined;
    }
  }
}
