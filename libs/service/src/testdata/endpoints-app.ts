import { silentLogger, systemClock } from '@rackwright/core';
import { HttpEndpoints } from '../endpoints.ts';
import { HealthChecks } from '../health.ts';

/** Serves what an exporter serves, and some paths that fail; prints the port. */
let collections = 0;
const big = 'y'.repeat(4 * 1024 * 1024);
const http = new HttpEndpoints({
  port: 0,
  address: '127.0.0.1',
  health: new HealthChecks({ clock: systemClock }),
  metrics: {
    contentType: 'text/plain',
    metrics: async () => {
      collections += 1;
      await systemClock.sleep(50);
      return `collections ${collections}\n${'x'.repeat(300_000)}`;
    },
  },
  routes: {
    '/big': () => ({ status: 200, contentType: 'text/plain', body: big }),
    '/slow': () => new Promise<never>(() => undefined),
  },
  logger: silentLogger,
  clock: systemClock,
  env: {},
});
void http.start(new AbortController().signal);
const port = await http.port.until((bound) => bound !== 0);
process.stdout.write(`${port}\n`);
