import { HttpEndpoints, type Registry } from '@rackwright/service';
import type { DriverContext } from './app.ts';
import { listenAt } from './listen-at.ts';

/** Metrics and health, if they are wanted; `simple` is what probes ask, whatever the devices do. */
export function serveMetrics(context: DriverContext, simple: Registry): void {
  const { config, metrics: registry, lifetime } = context;
  const { metricsPath } = config;
  const at = listenAt(config.metricsListen);
  if (at === undefined) return;
  const reply = async (source: Registry) => ({
    ...{ status: 200, contentType: source.contentType },
    body: await source.metrics(),
  });
  const endpoints = new HttpEndpoints({
    ...context,
    ...at,
    routes: {
      [metricsPath]: () => reply(registry),
      [`${metricsPath.replace(/\/$/, '')}/simple`]: () => reply(simple),
    },
  });
  lifetime.spawn(endpoints.name, (signal) => endpoints.start(signal));
}
