import type { Clock } from '@rackwright/core';
import type { ExporterSight } from './exporter-report.ts';
import type { KnownExporters } from './known-exporters.ts';

/** Since when this process, while it leads, awaits the handshakes of which nodes. */
export class ExpectedExporters {
  readonly #known: Pick<KnownExporters, 'heardAt'>;
  readonly #clock: Clock;
  readonly #since = new Map<string, number>();

  constructor(known: Pick<KnownExporters, 'heardAt'>, clock: Clock) {
    this.#known = known;
    this.#clock = clock;
  }

  /** What is known of the exporters of `nodes`; of others nothing is awaited any more. */
  look(nodes: readonly string[]): ExporterSight[] {
    const wanted = new Set(nodes);
    for (const node of this.#since.keys()) if (!wanted.has(node)) this.#since.delete(node);
    return nodes.map((node) => {
      const awaitedSince = this.#since.get(node) ?? this.#clock.now();
      this.#since.set(node, awaitedSince);
      const heardAt = this.#known.heardAt(node);
      return { node, awaitedSince, ...(heardAt === undefined ? {} : { heardAt }) };
    });
  }

  /** Nobody was listened to lately: all of them get their time anew. */
  forget(): void {
    this.#since.clear();
  }
}
