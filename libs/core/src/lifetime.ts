import { errorMessage } from './errors.ts';
import type { Logger } from './logger.ts';

/** A part of a process that runs until its signal aborts. */
export interface Runnable {
  readonly name: string;
  /** Resolves once the part has stopped after `signal` aborted; rejects when it fails. */
  start(signal: AbortSignal): Promise<void>;
}

/**
 * A node in the tree of lifetimes. Aborting a parent aborts its children;
 * disposing waits for everything spawned, then runs the deferred clean-ups in
 * reverse order.
 */
export class Lifetime implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  readonly #cleanups: (() => unknown)[] = [];
  readonly #logger: Logger | undefined;
  #failure: unknown;

  constructor(options: { readonly parent?: AbortSignal; readonly logger?: Logger } = {}) {
    this.#logger = options.logger;
    const { parent } = options;
    if (parent === undefined) return;
    const follow = (): void => this.#abort.abort(parent.reason);
    if (parent.aborted) follow();
    else {
      parent.addEventListener('abort', follow, { once: true });
      this.defer(() => parent.removeEventListener('abort', follow));
    }
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The first failure of a spawned task, if any. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Runs `fn`, and waits for the promise it may return, when the lifetime is disposed. */
  defer(fn: () => unknown): void {
    this.#cleanups.push(fn);
  }

  /** Disposes `resource` with this lifetime and hands it back. */
  use<T extends Disposable | AsyncDisposable>(resource: T): T {
    this.defer(async () => {
      if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
      else resource[Symbol.dispose]();
    });
    return resource;
  }

  /** Starts `fn`. If it fails, the whole lifetime ends with that failure. */
  spawn(name: string, fn: (signal: AbortSignal) => Promise<void>): void {
    const task = fn(this.signal)
      .catch((error: unknown) => {
        if (this.signal.aborted) return;
        this.#failure ??= error;
        this.#logger?.error('task failed', { task: name, error: errorMessage(error) });
        this.stop(error);
      })
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  /** Asks everything in this lifetime to stop. */
  stop(reason: unknown = new Error('stopped')): void {
    this.#abort.abort(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await Promise.all(this.#tasks);
    for (let fn = this.#cleanups.pop(); fn !== undefined; fn = this.#cleanups.pop()) await fn();
  }
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
