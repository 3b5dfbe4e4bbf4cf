import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Lifetime, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import fc from 'fast-check';
import { webApp } from './app.ts';
import { type JsonHandler, type JsonRoutesOptions, jsonRoutes } from './json-routes.ts';
import { type Answer, answerTo, serve } from './testing/serving.ts';

let lifetime: Lifetime;

beforeEach(() => {
  lifetime = new Lifetime();
});

afterEach(() => lifetime[Symbol.asyncDispose]());

const echo: JsonHandler = (body, { query }) => ({ body: { body, timeout: query.get('timeout') } });

function serveJson(handler: JsonHandler, options: Partial<JsonRoutesOptions> = {}): Promise<number> {
  const routes = jsonRoutes({ '/echo': handler }, { clock: systemClock, ...options });
  return serve(lifetime, { app: webApp(silentLogger, routes) });
}

interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function begin(port: number, { method = 'POST', headers = {} }: Call = {}): ClientRequest {
  const call = request({
    ...{ host: '127.0.0.1', port, path: '/echo?timeout=10s', method, agent: false },
    headers: { 'content-type': 'application/json', ...headers },
  });
  // A server that has answered may close before it has read everything.
  call.on('error', () => undefined);
  return call;
}

function post(port: number, body: string | Buffer, options: Call = {}): Promise<Answer> {
  const call = begin(port, options);
  const answer = answerTo(call);
  call.end(body);
  return answer;
}

test('JSON is handed over as it was sent and answered as JSON', async () => {
  const port = await serveJson(echo);
  const answer = await post(port, '{"a":[1,"ä"]}', {
    headers: { 'content-type': 'application/json; charset=utf-8' },
  });
  expect(answer).toMatchObject({
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
  });
  expect(JSON.parse(answer.body)).toEqual({ body: { a: [1, 'ä'] }, timeout: '10s' });
});

describe('a request is refused with what is wrong', () => {
  const chunked = { headers: { 'transfer-encoding': 'chunked' } };
  test.each<[string, string | Buffer, Call, number, string]>([
    ['that is not JSON', '{"a":', {}, 400, 'the body is not JSON'],
    ['without a body', '', {}, 400, 'the body is not JSON'],
    ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, 400, 'the body is not JSON'],
    ['of another type', '{}', { headers: { 'content-type': 'text/plain' } }, 415, 'send application/json'],
    [
      'that is compressed',
      gzipSync('{}'),
      { headers: { 'content-encoding': 'gzip' } },
      415,
      'not compressed',
    ],
    ['that says it is too large', `"${'x'.repeat(2000)}"`, {}, 413, 'more than 1024 bytes'],
    ['that becomes too large', `"${'x'.repeat(2000)}"`, chunked, 413, 'more than 1024 bytes'],
    ['with another method', '{}', { method: 'PUT' }, 405, 'only POST'],
  ])('%s', async (_, body, options, status, message) => {
    const answer = await post(await serveJson(echo, { maxBodyBytes: 1024 }), body, options);
    expect(answer).toMatchObject({
      status,
      body: expect.stringContaining(message),
      headers: { connection: 'close' },
    });
  });
});

test('whatever bytes are sent, the answer is a status and the server goes on', async () => {
  const port = await serveJson(echo, { maxBodyBytes: 64 });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
      expect([200, 400, 413]).toContain((await post(port, Buffer.from(bytes))).status);
    }),
    { numRuns: 100 },
  );
});

test('a handler that fails is told to nobody but the log', async () => {
  const failing: JsonHandler = () => {
    throw new Error('secret inside');
  };
  expect(await post(await serveJson(failing), '{}')).toMatchObject({ status: 500, body: 'internal error\n' });
});

test('a handler that takes too long is told so, and its client', async () => {
  const clock = new ManualClock();
  const seen = Promise.withResolvers<AbortSignal>();
  const endless: JsonHandler = (_, { signal }) => {
    seen.resolve(signal);
    return Promise.withResolvers<never>().promise;
  };
  const answer = post(await serveJson(endless, { clock, handlerTimeoutMs: 5000 }), '{}');
  const signal = await seen.promise;
  await clock.advance(5000);
  expect(await answer).toMatchObject({ status: 503, body: '/echo took longer than 5000 ms\n' });
  expect(signal.aborted).toBe(true);
});

test('a handler whose client is gone is told so', async () => {
  const seen = Promise.withResolvers<AbortSignal>();
  const endless: JsonHandler = (_, { signal }) => {
    seen.resolve(signal);
    return Promise.withResolvers<never>().promise;
  };
  const call = begin(await serveJson(endless));
  call.end('{}');
  const signal = await seen.promise;
  const stopped = once(signal, 'abort');
  call.destroy();
  await stopped;
});

test('clients that never finish their bodies hold a bounded amount of memory and keep nobody out', async () => {
  const routes = jsonRoutes(
    { '/echo': echo },
    { clock: systemClock, maxBodyBytes: 1024, maxArrivingBytes: 8192 },
  );
  // Nothing else ends them in the time of this test.
  const port = await serve(lifetime, {
    app: webApp(silentLogger, routes),
    limits: { requestTimeoutMs: 60_000 },
  });
  const half = `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n\r\n"${'x'.repeat(1000)}`;
  const cut: Promise<unknown>[] = [];
  for (let i = 0; i < 32; i++) {
    const socket = connect(port, '127.0.0.1');
    lifetime.defer(() => socket.destroy());
    socket.on('error', () => undefined);
    cut.push(new Promise((resolve) => socket.once('close', resolve)));
    socket.resume();
    socket.write(half);
  }
  // The first that began has had to make room.
  await cut[0];
  expect((await post(port, `"${'y'.repeat(1000)}"`)).status).toBe(200);
});

test('a client that sends its body too slowly is disconnected', async () => {
  const routes = jsonRoutes({ '/echo': echo }, { clock: systemClock });
  const limits = { requestTimeoutMs: 100 };
  const port = await serve(lifetime, { app: webApp(silentLogger, routes), limits });
  const call = begin(port, { headers: { 'content-length': '100' } });
  call.write('{');
  await once(call, 'close');
});
