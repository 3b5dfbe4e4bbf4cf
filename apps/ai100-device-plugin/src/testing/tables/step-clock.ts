import { Latest, ManualClock } from '@rackwright/core';

/** Time between two looks of an agent with this clock, in milliseconds. */
export const stepMs = 30_000;

/** A clock that stands still, and knows when the agent's loop has done a look and waits for the next. */
export class StepClock extends ManualClock {
  readonly #rests = new Latest(0);
  readonly #resting = new Latest(false);

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const slept = super.sleep(ms, signal);
    if (ms !== stepMs) return slept;
    this.#resting.set(true);
    this.#rests.set(this.#rests.value + 1);
    return slept.finally(() => this.#resting.set(false));
  }

  /** Looks that have ended. */
  get looks(): number {
    return this.#rests.value;
  }

  /** Waits until more looks than these have ended. */
  async moreThan(looks: number): Promise<void> {
    await this.#rests.until((rests) => rests > looks);
  }

  /** One look more. It is begun while the loop waits: a tool that runs would be given up. */
  async step(): Promise<void> {
    await this.#resting.until((resting) => resting);
    const before = this.looks;
    await this.advance(stepMs);
    await this.moreThan(before);
  }
}
