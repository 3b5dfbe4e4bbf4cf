import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Clock, Lifetime, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { webApp } from './app.ts';
import { type CertificateSource, fixedCertificate } from './certificate.ts';
import { HttpServer, type ServerLimits } from './http-server.ts';
import { type JsonHandler, jsonRoutes } from './json-routes.ts';
import { selfSignedCertificate } from './self-signed.ts';
import { type Answer, answerTo, getSecure } from './testing/serving.ts';

let agent: Agent;
let lifetime: Lifetime;

beforeEach(() => {
  agent = new Agent({ keepAlive: true });
  lifetime = new Lifetime();
});

afterEach(async () => {
  agent.destroy();
  await lifetime[Symbol.asyncDispose]();
});

function post(port: number): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const call = request({ host: '127.0.0.1', port, path: '/', method: 'POST', headers, agent });
  const answer = answerTo(call);
  call.end('{}');
  return answer;
}

async function start(handler: JsonHandler, limits: ServerLimits, certificate?: CertificateSource) {
  const clock = new ManualClock();
  return { clock, ...(await startWith(clock, handler, limits, certificate)) };
}

async function startWith(
  clock: Clock,
  handler: JsonHandler,
  limits: ServerLimits,
  certificate?: CertificateSource,
) {
  const routes = jsonRoutes({ '/': handler }, { clock: systemClock });
  const address = { host: '127.0.0.1', port: 0 };
  const app = webApp(silentLogger, routes);
  const options = { name: 'test', app, address, limits, clock, logger: silentLogger };
  const server = new HttpServer(certificate === undefined ? options : { ...options, certificate });
  const stop = new AbortController();
  lifetime.defer(() => stop.abort());
  const ended = server.start(stop.signal);
  return { port: await server.port.until((port) => port > 0), stop, ended };
}

test('an answer under way when the server stops is given, and its client told to go', async () => {
  const asked = Promise.withResolvers<void>();
  const may = Promise.withResolvers<void>();
  const { port, stop, ended } = await start(async () => {
    asked.resolve();
    await may.promise;
    return { body: 'done' };
  }, {});
  const answer = post(port);
  await asked.promise;
  stop.abort();
  may.resolve();
  expect(await answer).toMatchObject({ status: 200, body: '"done"', headers: { connection: 'close' } });
  await ended;
});

test('an answer that takes longer than the grace does not keep the server', async () => {
  const asked = Promise.withResolvers<void>();
  const { port, stop, ended, clock } = await start(
    () => {
      asked.resolve();
      return Promise.withResolvers<never>().promise;
    },
    { closeGraceMs: 3000 },
  );
  const answer = post(port);
  const cut = expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
  await asked.promise;
  stop.abort();
  await clock.advance(3000);
  await ended;
  await cut;
});

test('a client that never begins with TLS does not keep the server from stopping', async () => {
  const certificate = fixedCertificate(await selfSignedCertificate('a.test', systemClock.now()));
  const limits = { requestTimeoutMs: 60_000 };
  const { port, stop, ended, clock } = await start(() => ({ body: '' }), limits, certificate);
  const silent = connect(port, '127.0.0.1');
  lifetime.defer(() => silent.destroy());
  const closed = new Promise((resolve) => silent.once('close', resolve));
  silent.on('error', () => undefined).resume();
  // One that is answered came after it, so the server has it.
  await getSecure(port, '/');
  stop.abort();
  await clock.advance(1000);
  await ended;
  await closed;
});

test('while it drains, new clients are served and sent elsewhere', async () => {
  const { port, stop, ended, clock } = await start(() => ({ body: 'here' }), { drainMs: 10_000 });
  expect((await post(port)).headers.connection).toBe('keep-alive');
  stop.abort();
  // The first on the connection that is open, the second on a new one.
  for (let i = 0; i < 2; i++)
    expect(await post(port)).toMatchObject({ status: 200, headers: { connection: 'close' } });
  await clock.advance(10_000);
  await ended;
  await expect(post(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

/** What a client sends that writes to its socket itself, at a time of its own choosing. */
const postNow = [
  'POST / HTTP/1.1',
  'host: test',
  'content-type: application/json',
  'content-length: 2',
  '',
  '{}',
].join('\r\n');

describe('a server that has no processor until its time to drain is over answers what came meanwhile', () => {
  const limits = { drainMs: 100, closeGraceMs: 60_000 };
  const begin = () => startWith(systemClock, () => ({ body: 'here' }), limits);
  const last = /^HTTP\/1\.1 200 OK\r\n.*connection: close.*"here"$/is;

  /** Called where the event loop reads: next it looks at its timers, and only then at sockets. */
  async function withoutProcessor(): Promise<void> {
    for (let i = 0; i < 10; i++) await new Promise<void>((resolve) => process.nextTick(resolve));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * limits.drainMs);
  }

  async function answered(socket: Socket): Promise<void> {
    socket.write(postNow);
    await new Promise((resolve) => socket.once('data', resolve));
  }

  function connection(port: number): Socket {
    const socket = connect(port, '127.0.0.1');
    lifetime.defer(() => socket.destroy());
    return socket;
  }

  test('on a connection that was idle', async () => {
    const { port, stop, ended } = await begin();
    const socket = connection(port);
    await answered(socket);
    stop.abort();
    socket.write(postNow);
    await withoutProcessor();
    expect(await text(socket)).toMatch(last);
    await ended;
  });

  test('on a connection that it has not accepted', async () => {
    const { port, stop, ended } = await begin();
    await answered(connection(port));
    stop.abort();
    const socket = connection(port);
    socket.write(postNow);
    await withoutProcessor();
    expect(await text(socket)).toMatch(last);
    await ended;
  });
});
