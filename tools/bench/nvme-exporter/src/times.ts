/** Durations of many runs of one thing, in milliseconds. */
export class Times {
  readonly #values: number[] = [];

  async measure(run: () => unknown): Promise<void> {
    const start = performance.now();
    await run();
    this.#values.push(performance.now() - start);
  }

  /** The value below which `share` (0 to 1) of all are; 0 without any. */
  quantile(share: number): number {
    const sorted = [...this.#values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  }
}
