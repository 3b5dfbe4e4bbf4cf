import type { ServerResponse } from 'node:http';

/**
 * Answers that were sent and not yet taken by their clients. What they hold of
 * memory is bounded: the clients of the oldest are cut off for a new one. Bytes
 * that several answers share count once.
 */
export class UntakenAnswers {
  readonly #most: number;
  readonly #byBody = new Map<Uint8Array, Set<ServerResponse>>();
  #bytes = 0;

  /** @param most bytes that may be held */
  constructor(most: number) {
    this.#most = most;
  }

  /** Notes that `response` is about to send `body`. */
  add(response: ServerResponse, body: Uint8Array): void {
    const same = this.#byBody.get(body);
    if (same === undefined) this.#make(body, response);
    else same.add(response);
    response.once('close', () => this.#taken(response, body));
  }

  #make(body: Uint8Array, response: ServerResponse): void {
    this.#bytes += body.length;
    for (const [old, responses] of this.#byBody) {
      if (this.#bytes <= this.#most) break;
      this.#forget(old);
      for (const one of responses) one.socket?.resetAndDestroy();
    }
    this.#byBody.set(body, new Set([response]));
  }

  #taken(response: ServerResponse, body: Uint8Array): void {
    const responses = this.#byBody.get(body);
    responses?.delete(response);
    if (responses?.size === 0) this.#forget(body);
  }

  #forget(body: Uint8Array): void {
    if (this.#byBody.delete(body)) this.#bytes -= body.length;
  }
}
