/**
 * A value with its newest state only: readers see the current one and are told
 * of changes; states nobody looked at in between are skipped.
 */
export class Latest<T> {
  #value: T;
  #version = 0;
  readonly #listeners = new Set<(value: T) => void>();
  readonly #equal: (a: T, b: T) => boolean;

  /** @param equal states for which it holds count as unchanged; default `Object.is` */
  constructor(value: T, equal: (a: T, b: T) => boolean = Object.is) {
    this.#value = value;
    this.#equal = equal;
  }

  get value(): T {
    return this.#value;
  }

  /** Grows by one with every change. */
  get version(): number {
    return this.#version;
  }

  /** Replaces the value; returns whether it changed. */
  set(value: T): boolean {
    if (this.#equal(this.#value, value)) return false;
    this.#value = value;
    this.#version += 1;
    for (const listener of [...this.#listeners]) listener(value);
    return true;
  }

  /** Calls `listener` on each change (not with the current value) until disposed. */
  subscribe(listener: (value: T) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Resolves with the first value, current one included, that satisfies `predicate`. */
  until(predicate: (value: T) => boolean, signal?: AbortSignal): Promise<T> {
    if (predicate(this.#value)) return Promise.resolve(this.#value);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onAbort = (): void => {
      subscription[Symbol.dispose]();
      reject(signal?.reason);
    };
    const subscription = this.subscribe((value) => {
      if (!predicate(value)) return;
      subscription[Symbol.dispose]();
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    });
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    return promise;
  }
}
