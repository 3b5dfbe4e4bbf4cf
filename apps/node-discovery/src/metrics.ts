import { discovery } from '@rackwright/keys';
import { Counter, Gauge, type Registry } from '@rackwright/service';
import type { Discovered } from './labels/discover.ts';
import { sourceNames, sourceOf } from './labels/sources.ts';
import type { PublicationOutcome, Published } from './publish/publisher.ts';

/** Counts what happens and tells, when scraped, what is published. */
export class DiscoveryMetrics {
  readonly #passes: Counter;
  readonly #writes: Counter;
  readonly #publications: Counter;
  readonly #lastPublication: Gauge;

  constructor(registry: Registry, published: () => Published) {
    const registers = [registry];
    const { metric } = discovery;
    new Gauge({
      name: metric.labels,
      help: 'Labels on the Node by what was looked for.',
      labelNames: ['source'],
      registers,
      collect() {
        this.reset();
        for (const source of sourceNames) this.set({ source }, 0);
        for (const key of Object.keys(published().labels)) {
          const source = sourceOf(key);
          if (source !== undefined) this.inc({ source });
        }
      },
    });
    new Gauge({
      name: metric.withheld,
      help: 'Labels that are not written because somebody else gave them another value.',
      registers,
      collect() {
        this.set(published().conflicts.length);
      },
    });
    this.#passes = new Counter({
      name: metric.passes,
      help: 'Looks at the host by what was looked for and by outcome; a failure changes no label.',
      labelNames: ['source', 'outcome'],
      registers,
    });
    this.#writes = new Counter({ name: metric.writes, help: 'Writes of the Node.', registers });
    this.#publications = new Counter({
      name: metric.publications,
      help: 'Publications by outcome.',
      labelNames: ['outcome'],
      registers,
    });
    this.#lastPublication = new Gauge({
      name: metric.lastPublication,
      help: 'When the labels were last published, in seconds since the epoch.',
      registers,
    });
  }

  looked({ parts }: Pick<Discovered, 'parts'>): void {
    for (const source of sourceNames) {
      const outcome = parts[source].unread.length === 0 ? 'success' : 'failure';
      this.#passes.inc({ source, outcome });
    }
  }

  wrote(): void {
    this.#writes.inc();
  }

  /** @param nowMs wall clock, milliseconds since the epoch */
  published({ ok }: PublicationOutcome, nowMs: number): void {
    this.#publications.inc({ outcome: ok ? 'success' : 'failure' });
    if (ok) this.#lastPublication.set(nowMs / 1000);
  }
}
