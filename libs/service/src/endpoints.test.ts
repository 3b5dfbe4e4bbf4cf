import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HwError, Lifetime, type LogFields, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { HttpEndpoints, type HttpEndpointsOptions, jsonReply } from './endpoints.ts';
import { HealthChecks } from './health.ts';
import { createMetrics } from './metrics.ts';

let lifetime: Lifetime;
let warnings: LogFields[];

beforeEach(() => {
  lifetime = new Lifetime();
  warnings = [];
});
afterEach(() => lifetime[Symbol.asyncDispose]());

async function serve(options: Partial<HttpEndpointsOptions> = {}): Promise<number> {
  const http = new HttpEndpoints({
    port: 0,
    address: '127.0.0.1',
    health: new HealthChecks({ clock: systemClock }),
    logger: { ...silentLogger, warn: (_, fields = {}) => warnings.push(fields) },
    clock: systemClock,
    env: {},
    ...options,
  });
  lifetime.spawn('http', (signal) => http.start(signal));
  return http.port.until((port) => port !== 0, AbortSignal.any([lifetime.signal, AbortSignal.timeout(5000)]));
}

const get = (port: number, path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, init);

/** Sends bytes as they are and returns all that comes back until the server hangs up. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = await open(port);
  socket.write(bytes);
  return text(socket);
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  lifetime.defer(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

describe('health', () => {
  test('good checks answer 200', async () => {
    const port = await serve();
    for (const [path, body] of [
      ['/healthz', 'ok\n'],
      ['/readyz', 'ready\n'],
    ] as const) {
      const response = await get(port, path);
      expect([response.status, await response.text()]).toEqual([200, body]);
    }
  });

  test('a failed check answers 503 and says why; ?verbose lists every check', async () => {
    const health = new HealthChecks({ clock: new ManualClock() });
    health.addReadiness('driver', () => ({ ok: false, message: 'cxi_ss1 is not loaded' }));
    health.addReadiness('scanner', () => ({ ok: true }));
    const port = await serve({ health });
    const short = await get(port, '/readyz');
    expect([short.status, await short.text()]).toEqual([503, 'not ready: driver: cxi_ss1 is not loaded\n']);
    const verbose = await get(port, '/readyz?verbose');
    expect([verbose.status, await verbose.text()]).toEqual([
      503,
      '[-] driver failed for 0s: cxi_ss1 is not loaded\n[+] scanner ok for 0s\nfailed\n',
    ]);
    expect((await get(port, '/healthz')).status).toBe(200);
  });
});

test('/metrics is there only if the app has a registry', async () => {
  expect((await get(await serve(), '/metrics')).status).toBe(404);
  const metrics = createMetrics({ app: 'x', version: '1', startedAtMs: 0 });
  const response = await get(await serve({ metrics }), '/metrics');
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
});

describe('own paths', () => {
  test('answer with what they return and see the query', async () => {
    const routes = { '/status': ({ query }: { query: URLSearchParams }) => jsonReply({ v: query.get('v') }) };
    const response = await get(await serve({ routes }), '/status?v=1');
    expect([response.headers.get('content-type'), await response.json()]).toEqual([
      'application/json',
      { v: '1' },
    ]);
  });

  test('that throw answer 500 with the reason, and are logged', async () => {
    const routes = { '/bad': () => Promise.reject(new HwError('NotFound', 'no such device')) };
    const response = await get(await serve({ routes }), '/bad');
    expect([response.status, await response.text()]).toEqual([500, 'no such device\n']);
    expect(warnings).toMatchObject([{ path: '/bad' }]);
  });

  test('that never end answer 503 when their time is over, and are told', async () => {
    let told: unknown;
    const routes = {
      '/slow': ({ signal }: { signal: AbortSignal }) => {
        signal.addEventListener('abort', () => {
          told = signal.reason;
        });
        return new Promise<never>(() => undefined);
      },
    };
    const response = await get(await serve({ routes, handlerTimeoutMs: 50 }), '/slow');
    expect([response.status, await response.text()]).toEqual([503, '/slow took longer than 50 ms\n']);
    expect(told).toBeInstanceOf(HwError);
  });

  test('are told when the client hangs up', async () => {
    const gone = Promise.withResolvers<unknown>();
    const asked = Promise.withResolvers<void>();
    const routes = {
      '/slow': ({ signal }: { signal: AbortSignal }) => {
        signal.addEventListener('abort', () => gone.resolve(signal.reason));
        asked.resolve();
        return new Promise<never>(() => undefined);
      },
    };
    const socket = await open(await serve({ routes }));
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await asked.promise;
    socket.destroy();
    expect(await gone.promise).toMatchObject({ code: 'Cancelled' });
    expect(warnings).toEqual([]);
  });
});

describe('odd requests', () => {
  test('an unknown path answers 404 and names the known ones', async () => {
    const response = await get(await serve(), '/nope');
    expect([response.status, await response.text()]).toEqual([404, 'not found; there is /healthz /readyz\n']);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s answers 405 and what is allowed', async (method) => {
    const response = await get(await serve(), '/readyz', { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('HEAD answers like GET without a body', async () => {
    const answer = await raw(await serve(), 'HEAD /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*content-length: 6\r\n[\s\S]*\r\n\r\n$/);
  });

  test('a body is refused and the connection closed', async () => {
    const port = await serve();
    const sized = await raw(port, 'GET /readyz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello');
    expect(sized).toMatch(/^HTTP\/1.1 413 /);
    const chunked = await raw(
      port,
      'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel',
    );
    expect(chunked).toMatch(/^HTTP\/1.1 404 [\s\S]*connection: close/i);
  });

  test('headers larger than 8 KiB answer 431', async () => {
    const answer = await raw(await serve(), `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(9000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });

  test('bytes that are not HTTP answer 400', async () => {
    expect(await raw(await serve(), 'hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
  });

  test('a client that sends its headers too slowly is cut off, others are served meanwhile', async () => {
    const port = await serve({ requestTimeoutMs: 200 });
    const socket = await open(port);
    socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n');
    expect((await get(port, '/readyz')).status).toBe(200);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
  });
});

test('a port that is taken is an error that names it', async () => {
  const port = await serve();
  const second = new HttpEndpoints({
    port,
    address: '127.0.0.1',
    health: new HealthChecks({ clock: systemClock }),
    logger: silentLogger,
    clock: systemClock,
    env: {},
  });
  await expect(second.start(lifetime.signal)).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`);
});

test("without an address it binds the simulated pod's own", async () => {
  const { address: _, ...options }: Partial<HttpEndpointsOptions> = {
    env: { RACKWRIGHT_SANDBOX_ADDRESS: '127.0.77.1' },
  };
  const http = new HttpEndpoints({
    port: 0,
    health: new HealthChecks({ clock: systemClock }),
    logger: silentLogger,
    clock: systemClock,
    env: {},
    ...options,
  });
  lifetime.spawn('http', (signal) => http.start(signal));
  const port = await http.port.until((bound) => bound !== 0);
  expect((await fetch(`http://127.0.77.1:${port}/healthz`)).status).toBe(200);
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
});

test('stopping ends idle connections at once and unfinished answers after a grace', async () => {
  const clock = new ManualClock();
  const asked = Promise.withResolvers<void>();
  const routes = {
    '/slow': () => {
      asked.resolve();
      return new Promise<never>(() => undefined);
    },
  };
  const port = await serve({ clock, routes });
  const idle = await open(port);
  idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(idle, 'data');
  const busy = await open(port);
  busy.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked.promise;
  const stopped = lifetime[Symbol.asyncDispose]();
  await once(idle, 'close');
  expect(busy.destroyed).toBe(false);
  const closed = once(busy, 'close');
  await clock.advance(1000);
  await closed;
  await stopped;
});
