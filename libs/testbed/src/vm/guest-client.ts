import { HwError } from '@rackwright/core';
import type { GuestCall, GuestCalls, GuestReply, GuestRequest } from './guest/protocol.ts';
import { LineSocket } from './line-socket.ts';
import { PendingCalls } from './pending-calls.ts';

/** The host's end of the agent in a guest. */
export class GuestClient implements Disposable {
  readonly #calls = new PendingCalls();
  readonly #ready = Promise.withResolvers<void>();
  #socket: LineSocket | undefined;

  private constructor() {}

  /** Connects to the machine's port; the agent may come later. */
  static async connect(path: string): Promise<GuestClient> {
    const client = new GuestClient();
    client.#ready.promise.catch(() => undefined);
    client.#socket = await LineSocket.connect(path, {
      line: (text) => client.#receive(JSON.parse(text) as GuestReply),
      closed: (error) => {
        client.#ready.reject(error);
        client.#calls.close(error);
      },
    });
    return client;
  }

  /** Resolves once the agent runs. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** @throws HwError as the call failed in the guest; Unavailable when the machine ends before the answer */
  async call<C extends GuestCall>(
    call: C,
    argument: Parameters<GuestCalls[C]>[0],
  ): Promise<Awaited<ReturnType<GuestCalls[C]>>> {
    const answer = await this.#calls.add((id) => {
      this.#socket?.send({ id, call, argument } satisfies GuestRequest);
    });
    return answer as Awaited<ReturnType<GuestCalls[C]>>;
  }

  [Symbol.dispose](): void {
    this.#socket?.[Symbol.dispose]();
  }

  #receive({ id, value, error }: GuestReply): void {
    if (id === 0) this.#ready.resolve();
    else if (error !== undefined) this.#calls.reject(id, new HwError(error.code, error.message));
    else this.#calls.resolve(id, value);
  }
}
