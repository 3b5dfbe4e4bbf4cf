import { afterEach, expect, test } from '@jest/globals';
import { Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { Gauge, HealthChecks, Registry } from '@rackwright/service';
import type { Express } from 'express';
import { webApp } from './app.ts';
import { healthRoutes } from './health-routes.ts';
import { HttpServer } from './http-server.ts';
import { metricsRoutes } from './metrics-routes.ts';

let lifetime = new Lifetime();

afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  lifetime = new Lifetime();
});

/** Serves on loopback until the test ends; returns the base URL. */
async function serve(app: Express): Promise<string> {
  const address = { host: '127.0.0.1', port: 0 };
  const server = new HttpServer({ name: 'test', app, address, clock: systemClock, logger: silentLogger });
  lifetime.spawn('server', (signal) => server.start(signal));
  const port = await server.port.until((value) => value > 0);
  return `http://127.0.0.1:${port}`;
}

async function get(url: string): Promise<{ status: number; text: string; type: string | null }> {
  const response = await fetch(url);
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
}

test('probes answer yes, and no with the reason', async () => {
  const health = new HealthChecks({ clock: systemClock });
  let synced = false;
  health.addReadiness('cache', () => (synced ? { ok: true } : { ok: false, message: 'no list yet' }));
  const base = await serve(webApp(silentLogger, healthRoutes(health)));
  expect(await get(`${base}/healthz`)).toMatchObject({ status: 200, text: 'ok\n' });
  expect(await get(`${base}/readyz`)).toMatchObject({ status: 503, text: 'not ready: cache: no list yet\n' });
  synced = true;
  expect(await get(`${base}/readyz`)).toMatchObject({ status: 200, text: 'ready\n' });
  expect((await get(`${base}/readyz?verbose`)).text).toContain('[+] cache ok');
});

test('metrics are served as Prometheus wants them', async () => {
  const registry = new Registry();
  new Gauge({ name: 'answer', help: 'The answer.', registers: [registry] }).set(42);
  const base = await serve(webApp(silentLogger, metricsRoutes(registry)));
  const reply = await get(`${base}/metrics`);
  expect(reply.type).toContain('version=0.0.4');
  expect(reply.text).toContain('answer 42');
});

test('a page that does not exist tells nothing of the server', async () => {
  const base = await serve(webApp(silentLogger, metricsRoutes(new Registry())));
  const response = await fetch(`${base}/healthz`);
  expect(response.status).toBe(404);
  expect(response.headers.get('x-powered-by')).toBeNull();
});

test('what goes wrong is logged, not shown', async () => {
  const lines: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => lines.push(message) };
  const broken = { contentType: 'text/plain', metrics: () => Promise.reject(new Error('secret inside')) };
  const base = await serve(webApp(logger as unknown as typeof silentLogger, metricsRoutes(broken)));
  expect(await get(`${base}/metrics`)).toMatchObject({ status: 500, text: 'internal error\n' });
  expect(lines).toEqual(['http request failed']);
});

test('an address that is taken ends the server with a sentence', async () => {
  const base = await serve(webApp(silentLogger, metricsRoutes(new Registry())));
  const address = { host: '127.0.0.1', port: Number(new URL(base).port) };
  const options = {
    name: 'second',
    app: webApp(silentLogger, metricsRoutes(new Registry())),
    address,
    clock: systemClock,
    logger: silentLogger,
  };
  await expect(new HttpServer(options).start(lifetime.signal)).rejects.toMatchObject({
    code: 'Unavailable',
    message: `cannot listen on 127.0.0.1:${address.port}`,
  });
});
