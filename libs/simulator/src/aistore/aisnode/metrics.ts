import type { NodeContext } from './node-context.ts';
import type { ObjectCounts } from './object-routes.ts';
import { nodeOf } from './smap.ts';

/** GET /metrics: a few of AIStore's own, in Prometheus' text format. */
export function metricsText(
  { role, self, state, clock }: NodeContext,
  counts: ObjectCounts,
  startedAt: number,
): string {
  const flags = (state.smap && nodeOf(state.smap, self.daemon_id)?.flags) ?? 0;
  const upNs = Math.round((clock.monotonic() - startedAt) * 1e6);
  const values: readonly (readonly [string, string, string, number])[] = [
    ['state_flags', 'gauge', 'flags of the node', flags],
    ['uptime_ns_total', 'counter', 'time since the node started, in nanoseconds', upNs],
    ['get_count', 'counter', 'GET requests for objects', counts.get],
    ['put_count', 'counter', 'PUT requests for objects', counts.put],
    ['del_count', 'counter', 'DELETE requests for objects', counts.delete],
  ];
  return values
    .map(([name, type, help, value]) => {
      const metric = `ais_${role}_${name}`;
      return `# HELP ${metric} ${help}\n# TYPE ${metric} ${type}\n${metric}{node_id="${self.daemon_id}"} ${value}\n`;
    })
    .join('');
}
