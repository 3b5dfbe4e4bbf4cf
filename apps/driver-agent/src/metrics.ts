import { driverAgent } from '@rackwright/keys';
import { Counter, Gauge, type Registry } from '@rackwright/service';
import type { DeviceView } from './model.ts';
import type { ActionKind } from './plan/action.ts';
import type { PublicationOutcome } from './publish/publisher.ts';

/** Where the numbers come from when they are scraped. */
export interface MetricSources {
  readonly driverReady: () => boolean;
  readonly views: () => readonly DeviceView[];
  /** How many NICs are out of service. */
  readonly outOfService: () => number;
}

/** Counts what happens and tells, when scraped, what is. */
export class AgentMetrics {
  readonly #writes: Counter;
  readonly #publications: Counter;
  readonly #lastPublication: Gauge;

  constructor(registry: Registry, { driverReady, views, outOfService }: MetricSources) {
    const registers = [registry];
    const { metric } = driverAgent;
    new Gauge({
      name: metric.driverReady,
      help: 'Whether the kernel driver of this node was verified.',
      registers,
      collect() {
        this.set(driverReady() ? 1 : 0);
      },
    });
    new Gauge({
      name: metric.devices,
      help: 'Devices of this node by health.',
      labelNames: ['health'],
      registers,
      collect() {
        this.reset();
        for (const health of ['Healthy', 'Degraded', 'Unhealthy', 'Unknown']) this.set({ health }, 0);
        for (const { health } of views()) this.inc({ health: health.status });
      },
    });
    new Gauge({
      name: metric.outOfService,
      help: 'NICs of this node that were taken out of service.',
      registers,
      collect() {
        this.set(outOfService());
      },
    });
    this.#writes = new Counter({
      name: metric.writes,
      help: 'Writes to the API server by kind.',
      labelNames: ['action'],
      registers,
    });
    this.#publications = new Counter({
      name: metric.publications,
      help: 'Publications of the node state by outcome.',
      labelNames: ['outcome'],
      registers,
    });
    this.#lastPublication = new Gauge({
      name: metric.lastPublication,
      help: 'When the state of the node was last published, in seconds since the epoch.',
      registers,
    });
  }

  wrote(action: ActionKind): void {
    if (action !== 'announceDriver') this.#writes.inc({ action });
  }

  /** @param nowMs wall clock, milliseconds since the epoch */
  published({ ok }: PublicationOutcome, nowMs: number): void {
    this.#publications.inc({ outcome: ok ? 'success' : 'failure' });
    if (ok) this.#lastPublication.set(nowMs / 1000);
  }
}
