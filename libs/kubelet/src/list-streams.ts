import type { ServerWritableStream } from '@grpc/grpc-js';
import { HwError, Latest } from '@rackwright/core';
import { toGrpcStatus } from '@rackwright/grpc';
import type { Empty } from './gen/deviceplugin/v1beta1/api.ts';
import type { Device } from './hardware-profile.ts';
import { sameDevices } from './messages.ts';

/** Streams at a time: the kubelet has one for each registration, and each may keep a whole list in memory. */
const MAX_STREAMS = 16;

/** `encodeList` is what turns the list into bytes. */
export type ListCall = ServerWritableStream<Empty, readonly Device[]>;

/**
 * The ListAndWatch streams of one resource. Each gets the whole list at once
 * and again after every change. While a reader is slow, the states in between
 * are skipped and it gets the newest one.
 */
export class ListStreams {
  /** How many streams are open. */
  readonly open = new Latest(0);
  readonly #devices: Latest<readonly Device[]>;
  readonly #onSend: (devices: readonly Device[]) => void;
  readonly #quiet: Latest<boolean>;
  readonly #calls = new Set<ListCall>();

  /** @param quiet while it holds, a stream gets nothing after its first list */
  constructor(
    devices: Latest<readonly Device[]>,
    onSend: (devices: readonly Device[]) => void,
    quiet = new Latest(false),
  ) {
    this.#devices = devices;
    this.#onSend = onSend;
    this.#quiet = quiet;
  }

  /** Serves one stream until the caller goes away or `end` is called. */
  add(call: ListCall): void {
    if (this.#calls.size >= MAX_STREAMS) {
      const refusal = new HwError(
        'ResourceExhausted',
        `there are ${MAX_STREAMS} ListAndWatch streams already`,
      );
      call.emit('error', toGrpcStatus(refusal));
      return;
    }
    let sent: readonly Device[] | undefined;
    let blocked = false;
    const send = (): void => {
      const now = this.#devices.value;
      if (
        blocked ||
        !this.#calls.has(call) ||
        (sent !== undefined && (this.#quiet.value || sameDevices(sent, now)))
      )
        return;
      sent = now;
      blocked = !call.write(now);
      this.#onSend(now);
    };
    // Changes of one turn of the event loop go out as one update.
    const later = (): void => void setImmediate(send);
    const changes = [this.#devices.subscribe(later), this.#quiet.subscribe(later)];
    call.on('drain', () => {
      blocked = false;
      send();
    });
    const drop = (): void => {
      for (const change of changes) change[Symbol.dispose]();
      if (this.#calls.delete(call)) this.open.set(this.#calls.size);
    };
    for (const event of ['cancelled', 'close', 'error', 'finish']) call.on(event, drop);
    this.#calls.add(call);
    send();
    this.open.set(this.#calls.size);
  }

  /** Ends every stream: the kubelet takes the devices as gone until they are offered again. */
  end(): void {
    for (const call of [...this.#calls]) call.end();
  }
}
