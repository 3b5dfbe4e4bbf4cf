import type { Latest } from '@rackwright/core';
import { formatFailures, type ReadFailure } from '@rackwright/host';
import { rackwright } from '@rackwright/keys';
import type { HealthChecks } from './health.ts';
import { Gauge, type Registry } from './prometheus.ts';

/** Where it is told that the host cannot be read. */
export interface HostWatchOptions {
  readonly health: HealthChecks;
  readonly metrics: Registry;
  /** What could not be read, so that earlier knowledge of it counts, or none. */
  readonly outdated: Latest<readonly ReadFailure[]>;
}

/**
 * Tells of a host that cannot be read, by the readiness check `host` and a
 * metric. Liveness is not concerned: a restart would forget what is known.
 */
export function watchHost({ health, metrics, outdated }: HostWatchOptions): void {
  health.addReadiness('host', () => {
    const failures = outdated.value;
    if (failures.length === 0) return { ok: true };
    return { ok: false, message: `cannot be read: ${formatFailures(failures)}; what was last seen is kept` };
  });
  new Gauge({
    name: rackwright.metric.hostUnreadable,
    help: 'Paths of the host that could not be read when last looked at; what was read before is kept.',
    registers: [metrics],
    collect() {
      this.set(outdated.value.length);
    },
  });
}
