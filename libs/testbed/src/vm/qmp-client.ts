import { HwError } from '@rackwright/core';
import { LineSocket } from './line-socket.ts';
import { PendingCalls } from './pending-calls.ts';

/** Something QEMU tells without being asked, such as `DEVICE_DELETED`. */
export interface QmpEvent {
  readonly event: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

interface QmpMessage extends Partial<QmpEvent> {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

/** QEMU's machine protocol (QMP): commands, and events since the connection was made. */
export class QmpClient implements Disposable {
  readonly #calls = new PendingCalls();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  #socket: LineSocket | undefined;

  private constructor() {}

  /** @throws HwError Unavailable while QEMU does not listen at `path` */
  static async connect(path: string): Promise<QmpClient> {
    const client = new QmpClient();
    client.#socket = await LineSocket.connect(path, {
      line: (text) => client.#receive(JSON.parse(text) as QmpMessage),
      closed: (error) => client.#calls.close(error),
    });
    await client.execute('qmp_capabilities');
    return client;
  }

  /** @throws HwError FailedPrecondition with what QEMU says; Unavailable when it has ended */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return this.#calls.add((id) => this.#socket?.send({ execute: command, arguments: args, id }));
  }

  /** Resolves with the first event from now on that `matches`. */
  next(matches: (event: QmpEvent) => boolean, signal: AbortSignal): Promise<QmpEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<QmpEvent>();
    const listener = (event: QmpEvent): void => {
      if (matches(event)) resolve(event);
    };
    const onAbort = (): void => reject(signal.reason);
    this.#listeners.add(listener);
    signal.addEventListener('abort', onAbort, { once: true });
    return promise.finally(() => {
      this.#listeners.delete(listener);
      signal.removeEventListener('abort', onAbort);
    });
  }

  [Symbol.dispose](): void {
    this.#socket?.[Symbol.dispose]();
  }

  #receive({ id, error, event, data, return: value }: QmpMessage): void {
    if (event !== undefined) {
      for (const listener of this.#listeners) listener({ event, ...(data === undefined ? {} : { data }) });
    } else if (id !== undefined && error !== undefined) {
      this.#calls.reject(id, new HwError('FailedPrecondition', `QEMU: ${error.desc}`));
    } else if (id !== undefined) this.#calls.resolve(id, value);
  }
}
