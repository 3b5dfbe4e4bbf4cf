import { formatHealth, type HealthChecks, type HealthReport } from '@rackwright/service';
import type { Response } from 'express';
import type { Routes } from './app.ts';

/** `/healthz` and `/readyz`; with `?verbose` every check with its age and last error. */
export function healthRoutes(health: HealthChecks): Routes {
  return (app) => {
    app.get('/healthz', async (request, response) => {
      answer(response, await health.live(), 'ok', 'verbose' in request.query);
    });
    app.get('/readyz', async (request, response) => {
      answer(response, await health.ready(), 'ready', 'verbose' in request.query);
    });
  };
}

function answer(response: Response, report: HealthReport, good: string, verbose: boolean): void {
  const failed = report.checks
    .filter(({ ok }) => !ok)
    .map(({ name, message }) => `${name}: ${message ?? 'failed'}`);
  const text = verbose
    ? formatHealth(report)
    : report.ok
      ? `${good}\n`
      : `not ${good}: ${failed.join('; ')}\n`;
  response
    .status(report.ok ? 200 : 503)
    .type('text/plain')
    .end(text);
}
