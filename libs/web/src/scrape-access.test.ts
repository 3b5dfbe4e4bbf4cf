import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { Registry } from '@rackwright/service';
import { webApp } from './app.ts';
import { HttpServer } from './http-server.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { onlyScrapers, ScrapeAccess } from './scrape-access.ts';

let lifetime: Lifetime;

beforeEach(() => {
  lifetime = new Lifetime();
});

afterEach(() => lifetime[Symbol.asyncDispose]());

/** An API server that knows two accounts, of which one may scrape. */
function apiServer() {
  const asked: string[] = [];
  let away = false;
  const request = async (_: string, path: string, { body }: { body: { spec: Record<string, unknown> } }) => {
    asked.push(path);
    if (away) throw new Error('no answer');
    const { spec } = body;
    if (path.endsWith('tokenreviews')) {
      const known = spec.token === 'prometheus' || spec.token === 'somebody';
      return { status: { authenticated: known, user: known ? { username: spec.token } : undefined } };
    }
    return { status: { allowed: spec.user === 'prometheus' } };
  };
  return {
    asked,
    client: { request } as unknown as ConstructorParameters<typeof ScrapeAccess>[0]['client'],
    goAway: () => {
      away = true;
    },
  };
}

async function serve(access: ScrapeAccess): Promise<(token?: string) => Promise<Response>> {
  const app = webApp(silentLogger, onlyScrapers(access), metricsRoutes(new Registry()));
  const address = { host: '127.0.0.1', port: 0 };
  const server = new HttpServer({ name: 'test', app, address, clock: systemClock, logger: silentLogger });
  lifetime.spawn('server', (signal) => server.start(signal));
  const port = await server.port.until((value) => value > 0);
  return (token) =>
    fetch(`http://127.0.0.1:${port}/metrics`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
}

test('who may get /metrics is served, others are told why not', async () => {
  const { client } = apiServer();
  const get = await serve(new ScrapeAccess({ client, clock: systemClock, logger: silentLogger }));
  expect((await get('prometheus')).status).toBe(200);
  const forbidden = await get('somebody');
  expect(forbidden.status).toBe(403);
  expect(await forbidden.text()).toContain('may not get /metrics');
  const unknown = await get('forged');
  expect(unknown.status).toBe(401);
  expect(unknown.headers.get('www-authenticate')).toBe('Bearer');
  expect((await get()).status).toBe(401);
});

test('a scrape every few seconds asks the API server once a minute', async () => {
  const clock = new ManualClock();
  const { client, asked } = apiServer();
  const access = new ScrapeAccess({ client, clock, logger: silentLogger });
  for (let second = 0; second < 120; second += 5) {
    expect(await access.of('prometheus')).toBe('allowed');
    await clock.advance(5000);
  }
  expect(asked).toHaveLength(2 * 2);
});

test('a hundred scrapes at once ask once', async () => {
  const { client, asked } = apiServer();
  const access = new ScrapeAccess({ client, clock: systemClock, logger: silentLogger });
  const answers = await Promise.all(Array.from({ length: 100 }, () => access.of('prometheus')));
  expect(new Set(answers)).toEqual(new Set(['allowed']));
  expect(asked).toHaveLength(2);
});

test('while the API server is away nobody is let in, but for who was a moment ago', async () => {
  const clock = new ManualClock();
  const { client, goAway } = apiServer();
  const access = new ScrapeAccess({ client, clock, logger: silentLogger });
  expect(await access.of('prometheus')).toBe('allowed');
  goAway();
  expect(await access.of('prometheus')).toBe('allowed');
  expect(await access.of('other')).toBe('unanswered');
  await clock.advance(60_000);
  expect(await access.of('prometheus')).toBe('unanswered');
});

test('a thousand forged tokens leave nothing behind that grows', async () => {
  const { client, asked } = apiServer();
  const access = new ScrapeAccess({ client, clock: systemClock, logger: silentLogger });
  for (let i = 0; i < 1000; i++) expect(await access.of(`forged-${i}`)).toBe('unknown');
  expect(await access.of('x'.repeat(20_000))).toBe('unknown');
  expect(asked).toHaveLength(1000);
});
