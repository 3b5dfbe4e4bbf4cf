import type { Clock } from '@rackwright/core';
import type { Handshake } from './message.ts';

/** Whoever is not heard of for so long is forgotten: five handshakes are missing. */
const forgetMs = 300_000;

/** The newest handshake of a node. */
export interface KnownExporter extends Handshake {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** The exporters that were heard of lately, in memory. */
export class KnownExporters {
  readonly #clock: Clock;
  readonly #byNode = new Map<string, KnownExporter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns what was known of its node before. */
  note(handshake: Handshake): KnownExporter | undefined {
    const before = this.#byNode.get(handshake.node);
    this.#byNode.set(handshake.node, { ...handshake, atMs: this.#clock.now() });
    return before;
  }

  list(): KnownExporter[] {
    const oldest = this.#clock.now() - forgetMs;
    for (const [node, { atMs }] of this.#byNode) if (atMs < oldest) this.#byNode.delete(node);
    return [...this.#byNode.values()];
  }
}
