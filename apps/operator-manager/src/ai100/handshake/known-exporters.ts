import { type Clock, Latest } from '@rackwright/core';
import type { Handshake } from './message.ts';

/** In metrics, whoever is not heard of for so long is not told of: five handshakes are missing. */
const listedMs = 300_000;
/**
 * How long a node may be silent before anybody is told. A replica that does not
 * lead takes handshakes, too, so the one that leads misses some.
 */
export const silentAfterMs = 900_000;

/** The newest handshake of a node. */
export interface KnownExporter extends Handshake {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** The exporters that were heard of lately, in memory. */
export class KnownExporters {
  readonly #clock: Clock;
  readonly #byNode = new Map<string, KnownExporter>();
  /** How often a node was heard of that had been silent, or never heard of. */
  readonly news = new Latest(0);
  /** Whether anybody tells of them: this process leads. */
  isRead = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns what was known of its node before; undefined for one that had been silent. */
  note(handshake: Handshake): KnownExporter | undefined {
    const before = this.#lately(handshake.node);
    this.#byNode.set(handshake.node, { ...handshake, atMs: this.#clock.now() });
    if (before === undefined) this.news.set(this.news.value + 1);
    return before;
  }

  /** When a node made its newest handshake, in milliseconds since the epoch; undefined for a silent one. */
  heardAt(node: string): number | undefined {
    return this.#lately(node)?.atMs;
  }

  /** Those of the last five minutes. */
  list(): KnownExporter[] {
    const oldest = this.#clock.now() - listedMs;
    for (const node of this.#byNode.keys()) if (this.#lately(node) === undefined) this.#byNode.delete(node);
    return [...this.#byNode.values()].filter(({ atMs }) => atMs >= oldest);
  }

  #lately(node: string): KnownExporter | undefined {
    const known = this.#byNode.get(node);
    return known !== undefined && known.atMs + silentAfterMs > this.#clock.now() ? known : undefined;
  }
}
