import type { Clock, ManualClock } from '@rackwright/core';

/** The clock of a process that can be stopped: time goes on, but what falls due meanwhile comes when it wakes. */
export class StoppableClock implements Clock {
  readonly #base: ManualClock;
  #wakesAt = 0;

  constructor(base: ManualClock) {
    this.#base = base;
  }

  /** Stops the process; resolves when it wakes, before anything else in it goes on. */
  async stop(ms: number): Promise<void> {
    this.#wakesAt = Math.max(this.#wakesAt, this.#base.monotonic() + ms);
    await this.#base.sleep(ms);
  }

  /** Resolves when the process runs. */
  async running(): Promise<void> {
    while (this.#leftMs > 0) await this.#base.sleep(this.#leftMs);
  }

  now(): number {
    return this.#base.now();
  }

  monotonic(): number {
    return this.#base.monotonic();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#base.sleep(ms, signal);
    await this.running();
  }

  timer(ms: number, fn: () => void): Disposable {
    let inner = this.#base.timer(ms, () => {
      if (this.#leftMs > 0) inner = this.timer(this.#leftMs, fn);
      else fn();
    });
    return { [Symbol.dispose]: () => inner[Symbol.dispose]() };
  }

  /** A moment longer than it is stopped: what stopped it goes on first. */
  get #leftMs(): number {
    const left = this.#wakesAt - this.#base.monotonic();
    return left > 0 ? left + 1 : 0;
  }
}
