import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerOptions } from 'node:https';
import { errorMessage } from '@rackwright/core';
import { type Answer, ApiError, type Call, errorAnswer } from '../process/call.ts';
import { type ListenAddress, listen, readCall, send } from '../process/http-server.ts';
import { adminPath } from './admin-routes.ts';
import { type Faults, isSpoiled } from './faults.ts';
import { type NodeContext, nodeName } from './node-context.ts';
import { callerHeader } from './peers.ts';

/** A node's servers on its three networks. They answer alike. */
export class FrontEnd {
  readonly #node: NodeContext;
  readonly #answer: (call: Call) => Promise<Answer>;

  constructor(node: NodeContext, answer: (call: Call) => Promise<Answer>) {
    this.#node = node;
    this.#answer = answer;
  }

  /** @throws Error when an address is taken */
  async listen(addresses: readonly ListenAddress[], tls: ServerOptions | undefined): Promise<void> {
    await listen({
      ...{ addresses, tls, log: this.#node.log },
      serve: (incoming, response) => this.#serve(incoming, response),
    });
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(incoming, callerHeader);
    const isPublic = call.peer === undefined && call.path[0] !== adminPath;
    const { delayMs = 0, truncate = false, ...instead } = isPublic ? this.#faultsOf(call) : {};
    const answer = this.#spoiledAnswer(call, instead) ?? (await this.#sound(call));
    if (delayMs > 0) await this.#node.clock.sleep(delayMs, this.#node.signal);
    if (isPublic) this.#record(call, answer.status);
    send(response, answer, truncate);
  }

  async #sound(call: Call): Promise<Answer> {
    try {
      return await this.#answer(call);
    } catch (error) {
      const refusal = error instanceof ApiError ? error : new ApiError(500, errorMessage(error));
      return errorAnswer(refusal, call, nodeName(this.#node.self));
    }
  }

  /** What a fault answers in place of the node; undefined for none. */
  #spoiledAnswer(call: Call, { garbage, status }: Faults): Answer | undefined {
    if (status !== undefined) {
      return errorAnswer(new ApiError(status, 'as told by a fault'), call, nodeName(this.#node.self));
    }
    return garbage === true ? { status: 200, body: Buffer.from([0x7b, 0x00, 0xff, 0xfe, 0x22]) } : undefined;
  }

  /** The faults that this request meets, which is counted. */
  #faultsOf(call: Call): Faults {
    const { faults } = this.#node;
    const { current } = faults;
    if (!isSpoiled(current, `${call.method} ${call.url}`)) return {};
    if (current.times !== undefined) faults.current = { ...current, times: current.times - 1 };
    return current;
  }

  #record({ method, url, body, path }: Call, status: number): void {
    // An object's bytes are no part of the story.
    const isObject = path[1] === 'objects';
    const kept = isObject ? '' : body.toString('utf8');
    this.#node.journal.add({ at: this.#node.clock.now(), method, url, body: kept, status });
  }
}
