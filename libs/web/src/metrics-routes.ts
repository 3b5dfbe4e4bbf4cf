import { type MetricsSource, SharedWork } from '@rackwright/service';
import type { Routes } from './app.ts';

/** `/metrics` in the Prometheus text format. Scrapes at the same time share one answer. */
export function metricsRoutes(metrics: MetricsSource): Routes {
  const answers = new SharedWork<Buffer>();
  const scrape = async (): Promise<Buffer> => Buffer.from(await metrics.metrics());
  return (app) => {
    app.get('/metrics', async (_request, response) => {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const body = await answers.run('', gone.signal, scrape).catch((error: unknown) => {
        if (!gone.signal.aborted) throw error;
      });
      if (body === undefined) return;
      response.setHeader('content-type', metrics.contentType);
      response.end(body);
    });
  };
}
