import { retryHandlerCounters, retryHandlerGauges } from '@rackwright/hardware-cxi';
import { cxiMetric } from '@rackwright/keys';
import type { MetricType } from './exposition.ts';
import { type Family, perDevice } from './family.ts';

/** Metrics of the retry handlers: what the driver, their supervisor and they themselves say. */
export const retryHandlerFamilies: readonly Family[] = [
  perDevice(
    {
      name: cxiMetric.retryHandlerRegistered,
      type: 'gauge',
      help: 'Whether a retry handler is registered with the NIC: 1 or 0.',
      from: 'properties/pct_eq',
    },
    (device) =>
      device.kind === 'pf' && device.retryHandlerEq !== undefined
        ? Number(device.retryHandlerEq > 0)
        : undefined,
  ),
  perDevice(
    {
      name: cxiMetric.retryHandlerRunning,
      type: 'gauge',
      help: 'Whether the supervisor sees a retry handler run, its own or another: 1 or 0.',
      from: 'state file of the retry-handler app',
    },
    (_, { retryHandler: entry }) => entry && Number(entry.state === 'Running' || entry.state === 'External'),
  ),
  perDevice(
    {
      name: cxiMetric.retryHandlerRestarts,
      type: 'counter',
      help: 'Restarts of the retry handler by the supervisor.',
      from: 'state file of the retry-handler app',
    },
    (_, { retryHandler }) => retryHandler?.restarts,
  ),
  perDevice(
    {
      name: cxiMetric.retry,
      type: 'counter',
      help: 'Packets the retry handler had to deal with: timeouts and nacks together.',
      from: '/run/cxi/cxiN/spt_timeouts + nacks',
    },
    (_, { retryHandlerStats: stats }) => sum(stats.get('spt_timeouts'), stats.get('nacks')),
  ),
  perDevice(
    {
      name: cxiMetric.retryTimeout,
      type: 'counter',
      help: 'Packets whose answer did not come in time.',
      from: '/run/cxi/cxiN/spt_timeouts',
    },
    (_, { retryHandlerStats }) => retryHandlerStats.get('spt_timeouts'),
  ),
  perDevice(
    {
      name: cxiMetric.retryNack,
      type: 'counter',
      help: 'Packets the target refused.',
      from: '/run/cxi/cxiN/nacks',
    },
    (_, { retryHandlerStats }) => retryHandlerStats.get('nacks'),
  ),
  ...retryHandlerCounters.map((file) => statFamily(file, 'counter')),
  ...retryHandlerGauges.map((file) => statFamily(file, 'gauge')),
];

function statFamily(file: string, type: MetricType): Family {
  return perDevice(
    {
      name: `${cxiMetric.retryHandlerPrefix}${file}${type === 'counter' ? '_total' : ''}`,
      type,
      help: `Retry handler statistic ${file}.`,
      from: `/run/cxi/cxiN/${file}`,
    },
    (_, { retryHandlerStats }) => retryHandlerStats.get(file),
  );
}

/** Exact for 64 bits; undefined unless both are known. */
function sum(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || b === undefined ? undefined : String(BigInt(a) + BigInt(b));
}
