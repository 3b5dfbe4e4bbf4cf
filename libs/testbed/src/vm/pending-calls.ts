import type { HwError } from '@rackwright/core';

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Calls over one connection that wait for their answer, by number. */
export class PendingCalls {
  readonly #pending = new Map<number, Pending>();
  #last = 0;
  #closed: HwError | undefined;

  /** Sends a call by `send`, which gets its number, and resolves with the answer. */
  add(send: (id: number) => void): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    this.#last += 1;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(this.#last, { resolve, reject });
    send(this.#last);
    return promise;
  }

  resolve(id: number, value: unknown): void {
    this.#take(id)?.resolve(value);
  }

  reject(id: number, error: Error): void {
    this.#take(id)?.reject(error);
  }

  /** No answer comes any more. */
  close(error: HwError): void {
    this.#closed ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}
