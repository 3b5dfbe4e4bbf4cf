import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime, ManualClock, silentLogger, systemClock } from '@rackwright/core';
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
  const routes = jsonRoutes({ '/': handler }, { clock: systemClock });
  const address = { host: '127.0.0.1', port: 0 };
  const app = webApp(silentLogger, routes);
  const options = { name: 'test', app, address, limits, clock, logger: silentLogger };
  const server = new HttpServer(certificate === undefined ? options : { ...options, certificate });
  const stop = new AbortController();
  lifetime.defer(() => stop.abort());
  const ended = server.start(stop.signal);
  return { port: await server.port.until((port) => port > 0), stop, ended, clock };
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
