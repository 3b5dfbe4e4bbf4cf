import type { ControllerMetrics } from '@rackwright/controller';
import type { Latest } from '@rackwright/core';
import { rackwright } from '@rackwright/keys';
import { Counter, Gauge, Histogram, type Registry } from '@rackwright/service';

const names = rackwright.controllerMetric;
const buckets = [0.005, 0.02, 0.1, 0.5, 2, 10, 60];

/** Metrics of the controllers and their caches, in `registry`. */
export function controllerMetrics(registry: Registry): ControllerMetrics {
  const registers = [registry];
  const reconciles = new Counter({
    name: names.reconciles,
    help: 'Reconciles by how they ended: success, requeued, error or terminal.',
    labelNames: ['controller', 'outcome'],
    registers,
  });
  const duration = new Histogram({
    name: names.duration,
    help: 'How long a reconcile took.',
    labelNames: ['controller'],
    buckets,
    registers,
  });
  const depth = new Gauge({
    name: names.queueDepth,
    help: 'Objects that wait for a reconcile.',
    labelNames: ['controller'],
    registers,
  });
  const retries = new Counter({
    name: names.retries,
    help: 'Reconciles that failed and are tried again.',
    labelNames: ['controller'],
    registers,
  });
  const cached = new Gauge({
    name: names.cachedObjects,
    help: 'Objects in a cache.',
    labelNames: ['informer'],
    registers,
  });
  const restarts = new Counter({
    name: names.watchRestarts,
    help: 'Watches opened again, by why the last one ended.',
    labelNames: ['informer', 'cause'],
    registers,
  });
  return {
    reconciled: (controller, outcome, durationMs) => {
      reconciles.inc({ controller, outcome });
      duration.observe({ controller }, durationMs / 1000);
    },
    queueDepth: (controller, value) => depth.set({ controller }, value),
    retried: (controller) => retries.inc({ controller }),
    cachedObjects: (informer, count) => cached.set({ informer }, count),
    watchRestarted: (informer, cause) => restarts.inc({ informer, cause }),
  };
}

/** Whether this replica leads, read at each scrape. */
export function leadershipMetric(registry: Registry, leading: Latest<boolean>): void {
  new Gauge({
    name: names.leading,
    help: '1 if this replica leads, 0 if it waits.',
    registers: [registry],
    collect() {
      this.set(leading.value ? 1 : 0);
    },
  });
}
