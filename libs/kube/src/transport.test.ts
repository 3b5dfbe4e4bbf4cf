import { expect, test } from '@jest/globals';
import { type Clock, ManualClock, systemClock } from '@rackwright/core';
import { KubeClient } from './client.ts';
import { type Credentials, fixedConnection, type KubeConnection } from './connection.ts';
import { resources } from './resources.ts';
import { json, refuse, ScriptedServer } from './testing/scripted-server.ts';

function clientOf(connection: KubeConnection | string, clock: Clock = systemClock): KubeClient {
  return new KubeClient({
    connection: typeof connection === 'string' ? fixedConnection({ server: connection }) : connection,
    clock,
    userAgent: 'test',
    maxBodyBytes: 10_000,
  });
}

test('an answer larger than the limit is refused without being read to its end', async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await ScriptedServer.start((_, response) => {
    response.on('close', closed.resolve);
    response.writeHead(200, { 'content-type': 'application/json' }).write(Buffer.alloc(20_000, ' '));
  });
  await using client = clientOf(server.url);
  await expect(client.request('GET', '/x')).rejects.toMatchObject({
    code: 'ResourceExhausted',
    reason: 'AnswerTooLarge',
  });
  await closed.promise;
});

test('an answer with an oversized head is refused', async () => {
  await using server = await ScriptedServer.start((_, response) => {
    response.writeHead(200, { 'x-big': 'x'.repeat(70_000) }).end();
  });
  await using client = clientOf(server.url);
  await expect(client.request('GET', '/x')).rejects.toMatchObject({ code: 'Unavailable', status: 0 });
});

test('a call ends with Timeout when the answer does not come, or comes only in part', async () => {
  for (const part of [false, true]) {
    const clock = new ManualClock();
    const asked = Promise.withResolvers<void>();
    await using server = await ScriptedServer.start((_, response) => {
      if (part) response.writeHead(200).write('{');
      asked.resolve();
    });
    await using client = clientOf(server.url, clock);
    const call = client.request('GET', '/x', { timeoutMs: 1000 });
    const refused = expect(call).rejects.toMatchObject({ code: 'DeadlineExceeded', reason: 'Timeout' });
    await asked.promise;
    await clock.advance(1000);
    await refused;
  }
});

test('an abort ends a call with its reason and closes the connection', async () => {
  const abort = new AbortController();
  const closed = Promise.withResolvers<void>();
  await using server = await ScriptedServer.start((_, response) => {
    response.on('close', closed.resolve);
    abort.abort(new Error('enough'));
  });
  await using client = clientOf(server.url);
  await expect(client.request('GET', '/x', { signal: abort.signal })).rejects.toThrow('enough');
  await closed.promise;
  await expect(client.request('GET', '/x', { signal: abort.signal })).rejects.toThrow('enough');
  expect(server.seen).toHaveLength(1);
});

test('a kept connection that the server closed does not fail the next read', async () => {
  const first = await ScriptedServer.start((_, response) => json(response, 200, { from: 'first' }));
  await using client = clientOf(first.url);
  const { port } = first;
  await client.request('GET', '/x');
  await first[Symbol.asyncDispose]();
  await using second = await ScriptedServer.start(
    (_, response) => json(response, 200, { from: 'second' }),
    port,
  );
  expect(await client.request('GET', '/x')).toEqual({ from: 'second' });
  expect(second.seen).toHaveLength(1);
});

test('a request lost on a kept connection goes out again, unless doing it twice does harm', async () => {
  let drop = false;
  await using server = await ScriptedServer.start((seen, response) => {
    if (drop) {
      drop = false;
      response.socket?.resetAndDestroy();
    } else json(response, 200, { method: seen.method });
  });
  await using client = clientOf(server.url);
  for (const [method, calls] of [
    ['GET', 3],
    ['PATCH', 3],
    ['POST', 2],
  ] as const) {
    server.seen.length = 0;
    await client.request('GET', '/warm');
    drop = true;
    const call = client.request(method, '/x');
    if (calls === 3) expect(await call).toEqual({ method });
    else await expect(call).rejects.toMatchObject({ code: 'Unavailable', status: 0 });
    expect(server.seen).toHaveLength(calls);
  }
});

test('a server that is not there is named in the error', async () => {
  const server = await ScriptedServer.start(() => undefined);
  await server[Symbol.asyncDispose]();
  await using client = clientOf(server.url);
  await expect(client.get(resources.nodes, { name: 'n' })).rejects.toMatchObject({
    code: 'Unavailable',
    reason: 'ConnectionFailed',
    remedy: expect.stringContaining(server.url),
  });
});

function rotating(server: string, tokens: string[]): KubeConnection & { asked: boolean[] } {
  const asked: boolean[] = [];
  return {
    server,
    asked,
    credentials: ({ fresh = false } = {}): Promise<Credentials> => {
      asked.push(fresh);
      return Promise.resolve({ token: (fresh ? tokens.at(-1) : tokens[0]) ?? '' });
    },
  };
}

test('after a 401 the credentials are read afresh and the call succeeds with the new token', async () => {
  await using server = await ScriptedServer.start((seen, response) => {
    if (seen.headers.authorization === 'Bearer new') json(response, 200, {});
    else refuse(response, 401, 'Unauthorized');
  });
  const connection = rotating(server.url, ['old', 'new']);
  await using client = clientOf(connection);
  await client.request('GET', '/x');
  expect(connection.asked).toEqual([false, true]);
  expect(server.connections).toBe(1);
});

test('a 401 that fresh credentials cannot help is reported after one re-read and no second request', async () => {
  await using server = await ScriptedServer.start((_, response) => refuse(response, 401, 'Unauthorized'));
  const connection = rotating(server.url, ['same']);
  await using client = clientOf(connection);
  await expect(client.request('GET', '/x')).rejects.toMatchObject({ status: 401, code: 'Forbidden' });
  expect(connection.asked).toEqual([false, true]);
  expect(server.seen).toHaveLength(1);
});

test('credentials that cannot be read fail the call with that reason', async () => {
  const connection = {
    server: 'http://127.0.0.1:1',
    credentials: () => Promise.reject(new Error('no token file')),
  };
  await using client = clientOf(connection);
  await expect(client.request('GET', '/x')).rejects.toMatchObject({ cause: { message: 'no token file' } });
});

test('a closed client refuses further calls', async () => {
  await using server = await ScriptedServer.start((_, response) => json(response, 200, {}));
  const client = clientOf(server.url);
  await client[Symbol.asyncDispose]();
  await expect(client.request('GET', '/x')).rejects.toMatchObject({
    code: 'Cancelled',
    reason: 'ClientClosed',
  });
});

test('closing the client fails the calls that are under way', async () => {
  const client = await ScriptedServer.start(() => undefined).then(async (server) => {
    const asked = Promise.withResolvers<void>();
    server.script = () => asked.resolve();
    const under = clientOf(server.url);
    const call = expect(under.request('GET', '/x')).rejects.toMatchObject({ code: 'Cancelled' });
    await asked.promise;
    await under[Symbol.asyncDispose]();
    await call;
    await server[Symbol.asyncDispose]();
    return under;
  });
  await expect(client.request('GET', '/x')).rejects.toMatchObject({ code: 'Cancelled' });
});
