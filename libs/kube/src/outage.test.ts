import { expect, test } from '@jest/globals';
import { type Clock, systemClock } from '@rackwright/core';
import { TcpProxy, waitUntil } from '@rackwright/testbed/without-nodes';
import { KubeClient } from './client.ts';
import { fixedConnection } from './connection.ts';
import { resources } from './resources.ts';
import { json, type Script, ScriptedServer, streaming } from './testing/scripted-server.ts';

const key = { namespace: 'ns', name: 'a' };
const script: Script = (seen, response) => {
  if (seen.url.searchParams.has('watch')) streaming(response)('ADDED', { metadata: { name: 'a' } });
  else json(response, 200, { metadata: { name: 'a' } });
};

/** A clock that runs faster, so that time limits and outages need not be sat through. */
function fastClock(factor: number): Clock {
  const scaled: Clock = {
    now: () => systemClock.now() * factor,
    monotonic: () => systemClock.monotonic() * factor,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
    timer: (ms, fn) => systemClock.timer(ms / factor, fn),
  };
  return scaled;
}

interface Bench extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly proxy: TcpProxy;
  readonly client: KubeClient;
  readonly clock: Clock;
}

async function bench(factor = 20): Promise<Bench> {
  const server = await ScriptedServer.start(script);
  const proxy = await TcpProxy.start(server.url);
  const clock = fastClock(factor);
  const connection = fixedConnection({ server: proxy.url.replace('https:', 'http:') });
  const client = new KubeClient({ connection, clock, userAgent: 'test' });
  return {
    ...{ server, proxy, client, clock },
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const get = ({ client }: Bench, timeoutMs: number): Promise<unknown> =>
  client.get(resources.configMaps, key, { timeoutMs });

test('a watch that is dead since an outage ends when the server is back, and so does a request', async () => {
  await using at = await bench();
  const signal = new AbortController().signal;
  const watch = at.client.watch(resources.configMaps, { resourceVersion: '1', signal });
  await watch.next();
  const next = expect(watch.next()).rejects.toMatchObject({ code: 'Unavailable', status: 0 });
  await get(at, 30_000);
  at.proxy.mode = 'drop';
  // It would wait for two hours.
  const write = expect(
    at.client.patch(resources.configMaps, key, {}, { strategy: 'json', timeoutMs: 7_200_000 }),
  ).rejects.toMatchObject({ code: 'Unavailable', status: 0 });
  await expect(get(at, 6000)).rejects.toMatchObject({ code: 'DeadlineExceeded' });
  at.proxy.mode = 'forward';
  await get(at, 30_000);
  await Promise.all([next, write]);
});

test('a watch that speaks goes on after an outage that others had', async () => {
  await using at = await bench();
  let send: (type: string, object: unknown) => void = () => undefined;
  at.server.script = (seen, response) => {
    if (seen.url.searchParams.has('watch')) send = streaming(response);
    else if (seen.url.pathname.endsWith('/a')) json(response, 200, {});
  };
  const watch = at.client.watch(resources.configMaps, {
    ...{ resourceVersion: '1', signal: new AbortController().signal },
  });
  const first = watch.next();
  await waitUntil('the watch', () => at.server.seen.length === 1, { clock: systemClock, intervalMs: 5 });
  const lost = expect(
    at.client.get(resources.configMaps, { namespace: 'ns', name: 'hangs' }, { timeoutMs: 6000 }),
  ).rejects.toMatchObject({ code: 'DeadlineExceeded' });
  await lost;
  send('ADDED', { metadata: { name: 'b' } });
  await first;
  await get(at, 30_000);
  const second = watch.next();
  send('ADDED', { metadata: { name: 'c' } });
  expect((await second).value).toMatchObject({ object: { metadata: { name: 'c' } } });
  await watch.return();
});

test('after connections were found dead no kept one is used again', async () => {
  await using at = await bench();
  await Promise.all(Array.from({ length: 8 }, () => get(at, 30_000)));
  at.proxy.mode = 'drop';
  await expect(get(at, 1000)).rejects.toMatchObject({ code: 'DeadlineExceeded' });
  at.proxy.mode = 'forward';
  const before = at.proxy.connections;
  await get(at, 30_000);
  expect(at.proxy.connections).toBe(before + 1);
});

test('a connection whose TLS handshake is swallowed is given up after five seconds', async () => {
  await using at = await bench();
  at.proxy.mode = 'drop';
  await using client = new KubeClient({
    connection: fixedConnection({ server: at.proxy.url }),
    ...{ clock: at.clock, userAgent: 'test' },
  });
  const failure = client.get(resources.configMaps, key, { timeoutMs: 7_200_000 });
  await expect(failure).rejects.toMatchObject({
    ...{ code: 'Unavailable', reason: 'ConnectionFailed' },
    cause: { message: 'no connection within 5000 ms' },
  });
});

test('who waits is woken by a question on a new connection when the server is back', async () => {
  await using at = await bench();
  await get(at, 30_000);
  at.proxy.mode = 'reset';
  const failure = await get(at, 30_000).catch((error: unknown) => error);
  const wait = at.client.reachability.pause(500, failure);
  at.proxy.mode = 'forward';
  expect(await wait).toBe(true);
  expect(at.server.seen.some(({ url }) => url.pathname === '/readyz')).toBe(true);
});
