import { once } from 'node:events';
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { connect as connectPlain, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectSecure } from 'node:tls';
import { afterEach, expect, test } from '@jest/globals';
import { Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { Gauge, HealthChecks, Registry } from '@rackwright/service';
import { webApp } from './app.ts';
import { fixedCertificate } from './certificate.ts';
import { healthRoutes } from './health-routes.ts';
import { HttpServer } from './http-server.ts';
import { selfSigned } from './issuer.main.ts';
import { metricsRoutes } from './metrics-routes.ts';

let lifetime = new Lifetime();

afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  lifetime = new Lifetime();
});

/** How a server is spoken to. */
interface Protocol {
  readonly connect: (port: number) => Socket;
  readonly ask: (port: number, path: string) => Promise<{ status: number | undefined; body: string }>;
}

function protocol(get: typeof getPlain, connect: Protocol['connect']): Protocol {
  return {
    connect,
    ask: async (port, path) => {
      const options = { host: '127.0.0.1', port, path, agent: false, rejectUnauthorized: false };
      const [response] = await once(get({ ...options, signal: AbortSignal.timeout(5000) }), 'response');
      return { status: response.statusCode, body: await text(response) };
    },
  };
}

const plain = protocol(getPlain, (port) => connectPlain(port, '127.0.0.1'));
const secure = protocol(getSecure as typeof getPlain, (port) =>
  connectSecure({ port, host: '127.0.0.1', rejectUnauthorized: false }),
);

async function serve(path: string, isSecure: boolean): Promise<number> {
  const registry = new Registry();
  new Gauge({ name: 'answer', help: 'The answer.', registers: [registry] }).set(42);
  const health = new HealthChecks({ clock: systemClock });
  const server = new HttpServer({
    name: 'test',
    app: webApp(silentLogger, path === '/metrics' ? metricsRoutes(registry) : healthRoutes(health)),
    address: { host: '127.0.0.1', port: 0 },
    ...(isSecure && { certificate: fixedCertificate(await selfSigned('localhost', Date.now())) }),
    clock: systemClock,
    logger: silentLogger,
  });
  lifetime.spawn('server', (signal) => server.start(signal));
  return await server.port.until((value) => value > 0);
}

test.each([
  ['200 clients that idle', '/healthz', plain, 200, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['200 clients that sent half a request', '/readyz', plain, 200, 'GET /readyz HTTP/1.1\r\n'],
  ['200 clients that idle', '/metrics', plain, 200, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['200 clients over TLS that idle', '/metrics', secure, 200, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['200 clients that never begin with TLS', '/metrics', { ...secure, connect: plain.connect }, 200, ''],
])(
  'beside %s, %s is answered again and again, and those are disconnected',
  async (_, path, { connect, ask }, count, bytes) => {
    const port = await serve(path, connect !== plain.connect || ask !== plain.ask);
    const closed: Promise<unknown>[] = [];
    for (let i = 0; i < count; i++) {
      const socket = connect(port);
      lifetime.defer(() => socket.destroy());
      socket.on('error', () => undefined);
      closed.push(new Promise((resolve) => socket.once('close', resolve)));
      socket.resume();
      if (bytes !== '') socket.write(bytes);
    }
    let isRoomMade = false;
    void Promise.any(closed).then(() => {
      isRoomMade = true;
    });
    // Each that asks needs room, which some of those have to make.
    for (let i = 0; i < 10 || !isRoomMade; i++) {
      expect((await ask(port, path)).status).toBe(200);
      await systemClock.sleep(50);
    }
  },
  30_000,
);

test('scrapes at the same time are all answered', async () => {
  const port = await serve('/metrics', false);
  const answers = await Promise.all(Array.from({ length: 200 }, () => plain.ask(port, '/metrics')));
  expect(answers.every(({ status, body }) => status === 200 && body.includes('answer 42'))).toBe(true);
});
