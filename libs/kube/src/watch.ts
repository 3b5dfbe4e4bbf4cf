import type { IncomingMessage } from 'node:http';
import { type Clock, isHwError } from '@rackwright/core';
import { KubeError, type Status, statusError } from './error.ts';
import { LineSplitter } from './lines.ts';
import type { KubeObject } from './objects.ts';
import { connectionError } from './transport.ts';

/** One change. A BOOKMARK only carries a resource version to resume from. */
export interface WatchEvent<T extends KubeObject = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/** Longest event that is read: etcd refuses objects over 1.5 MiB, and JSON may escape every byte. */
export const maxLineBytes = 12 * 1024 * 1024;

const known: ReadonlySet<string> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

/**
 * Longest silence of a watch. A server that sends bookmarks does so about every
 * minute, so one that has sent one here and then is silent is gone; others may
 * have nothing to say.
 */
const silenceMs = { withBookmarks: 90_000, without: 300_000 };

/** What `readWatch` needs beside the open answer. */
export interface WatchStream {
  /** Names the watch in errors, e.g. `GET /api/v1/nodes`. */
  readonly what: string;
  readonly server: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The watch is given up after this many milliseconds even if the server never ends it. */
  readonly maxMs: number;
}

/**
 * The events of one open watch. Ends when the server ends it in good order.
 *
 * A line cut off by the end of the stream is dropped: its event has not moved
 * the resource version, so the next watch brings it again.
 *
 * @throws KubeError for an ERROR event, a line that is no event, a lost or
 *   stalled connection; the signal's reason after an abort
 */
export async function* readWatch<T extends KubeObject>(
  response: IncomingMessage,
  stream: WatchStream,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  let stopped: { readonly reason: unknown } | undefined;
  const stop = (reason: unknown): void => {
    stopped ??= { reason };
    timers[Symbol.dispose]();
    response.destroy();
  };
  const onAbort = (): void => stop(stream.signal.reason);
  // Also disposed of by `stop`: nobody may ask for the next event any more.
  using timers = new DisposableStack();
  const silence = timers.use(new SilenceTimer(stream.clock, (ms) => stop(silent(stream, ms))));
  timers.use(stream.clock.timer(stream.maxMs, () => stop(stalled(stream))));
  if (stream.signal.aborted) onAbort();
  else stream.signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const line of linesOf(response, silence)) {
      const event = parseEvent<T>(line, stream.what);
      if (event?.type === 'BOOKMARK') silence.limitMs = silenceMs.withBookmarks;
      if (event !== undefined) yield event;
      if (stopped !== undefined) throw stopped.reason;
    }
    if (stopped !== undefined) throw stopped.reason;
  } catch (error) {
    if (stopped !== undefined) throw stopped.reason;
    throw isHwError(error) ? error : connectionError(stream.what, stream.server, error);
  } finally {
    stream.signal.removeEventListener('abort', onAbort);
    response.destroy();
  }
}

async function* linesOf(response: IncomingMessage, silence: SilenceTimer): AsyncGenerator<string> {
  const splitter = new LineSplitter(maxLineBytes);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    silence.heard();
    yield* splitter.push(chunk);
  }
}

/** Calls `onSilent` when nothing was heard for the limit. A busy watch sets no timer per event. */
class SilenceTimer implements Disposable {
  limitMs = silenceMs.without;
  readonly #clock: Clock;
  readonly #onSilent: (ms: number) => void;
  #heardAt: number;
  #timer: Disposable;

  constructor(clock: Clock, onSilent: (ms: number) => void) {
    this.#clock = clock;
    this.#onSilent = onSilent;
    this.#heardAt = clock.monotonic();
    this.#timer = this.#look(silenceMs.withBookmarks);
  }

  heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #look(ms: number): Disposable {
    return this.#clock.timer(ms, () => {
      const leftMs = this.#heardAt + this.limitMs - this.#clock.monotonic();
      if (leftMs <= 0) this.#onSilent(this.limitMs);
      else this.#timer = this.#look(Math.min(leftMs, silenceMs.withBookmarks));
    });
  }
}

function parseEvent<T extends KubeObject>(line: string, what: string): WatchEvent<T> | undefined {
  let event: { type?: unknown; object?: unknown };
  try {
    event = JSON.parse(line) as typeof event;
  } catch (cause) {
    throw malformed(what, cause);
  }
  if (typeof event !== 'object' || event === null) throw malformed(what);
  const { type, object } = event;
  if (typeof type !== 'string' || typeof object !== 'object' || object === null) throw malformed(what);
  if (type === 'ERROR') {
    const status = object as Status;
    throw statusError(what, status.code ?? 500, status);
  }
  // A type of a future server must not stop the watch.
  return known.has(type) ? (event as WatchEvent<T>) : undefined;
}

function malformed(what: string, cause?: unknown): KubeError {
  return new KubeError('Internal', `${what}: a watch line is not an event`, {
    status: 0,
    reason: 'MalformedEvent',
    cause,
  });
}

function silent(stream: WatchStream, ms: number): KubeError {
  return new KubeError('Unavailable', `${stream.what}: nothing came for ${ms / 1000} s`, {
    status: 0,
    reason: 'WatchSilent',
  });
}

function stalled(stream: WatchStream): KubeError {
  return new KubeError('DeadlineExceeded', `${stream.what}: the watch outlived its ${stream.maxMs} ms`, {
    status: 0,
    reason: 'WatchStalled',
  });
}
