import type { ServerResponse } from 'node:http';
import { expect, test } from '@jest/globals';
import { type Clock, ManualClock, systemClock } from '@rackwright/core';
import { KubeClient } from './client.ts';
import { fixedConnection } from './connection.ts';
import { KubeError } from './error.ts';
import { resources } from './resources.ts';
import { json, refuse, type Script, ScriptedServer, streaming } from './testing/scripted-server.ts';
import { maxLineBytes, type WatchEvent } from './watch.ts';

interface Outcome {
  readonly events: WatchEvent[];
  /** What the watch threw; undefined when it ended in good order. */
  readonly error: unknown;
  readonly query: URLSearchParams | undefined;
}

/** Runs one watch of ConfigMaps against `script` to its end. */
async function watch(
  script: Script,
  options: { clock?: Clock; signal?: AbortSignal; timeoutSeconds?: number; onEvent?: () => void } = {},
): Promise<Outcome> {
  const { clock = systemClock, signal = new AbortController().signal, timeoutSeconds, onEvent } = options;
  await using server = await ScriptedServer.start(script);
  await using client = new KubeClient({
    connection: fixedConnection({ server: server.url }),
    clock,
    userAgent: 'test',
  });
  const events: WatchEvent[] = [];
  let error: unknown;
  try {
    const stream = client.watch(resources.configMaps, {
      ...{ resourceVersion: '5', signal, namespace: 'ns' },
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    });
    for await (const event of stream) {
      events.push(event);
      onEvent?.();
    }
  } catch (reason) {
    error = reason;
  }
  return { events, error, query: server.seen[0]?.url.searchParams };
}

function object(name: string, resourceVersion = '6'): unknown {
  return { metadata: { name, resourceVersion } };
}

test('events arrive in order, and a server that ends the watch ends it in good order', async () => {
  const { events, error, query } = await watch((_, response) => {
    const send = streaming(response);
    send('ADDED', object('a'));
    send('BOOKMARK', { metadata: { resourceVersion: '9' } });
    send('NEWFANGLED', object('a'));
    send('DELETED', object('a'));
    response.end();
  });
  expect(error).toBeUndefined();
  expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK', 'DELETED']);
  expect(query?.get('allowWatchBookmarks')).toBe('true');
  expect(query?.get('resourceVersion')).toBe('5');
});

test('the server is asked to end the watch after five to ten minutes', async () => {
  const { query } = await watch((_, response) => response.writeHead(200).end());
  const seconds = Number(query?.get('timeoutSeconds'));
  expect(seconds).toBeGreaterThanOrEqual(300);
  expect(seconds).toBeLessThan(600);
});

test('events sent byte by byte arrive whole', async () => {
  const { events } = await watch(async (_, response) => {
    response.writeHead(200).flushHeaders();
    for (const byte of Buffer.from(`${JSON.stringify({ type: 'ADDED', object: object('ä€😀') })}\n`)) {
      await new Promise<void>((resolve) => response.write(Buffer.of(byte), () => resolve()));
    }
    response.end();
  });
  expect(events[0]?.object.metadata?.name).toBe('ä€😀');
});

test('an event cut off by the end of the stream is not delivered', async () => {
  const { events, error } = await watch((_, response) => {
    streaming(response)('ADDED', object('a'));
    response.end('{"type":"ADDED","object":{"metadata":{"na');
  });
  expect(error).toBeUndefined();
  expect(events).toHaveLength(1);
});

const refusals: [string, Script, Partial<KubeError>][] = [
  [
    '410 as the answer',
    (_, response) => refuse(response, 410, 'Expired'),
    { status: 410, reason: 'Expired' },
  ],
  [
    '410 as an event',
    (_, response) => streaming(response)('ERROR', { kind: 'Status', code: 410, reason: 'Expired' }),
    { status: 410, reason: 'Expired' },
  ],
  [
    '429 as the answer',
    (_, response) => refuse(response, 429, 'TooManyRequests', { 'retry-after': '7' }),
    { status: 429, code: 'ResourceExhausted', retryAfterMs: 7000 },
  ],
  [
    '429 as an event',
    (_, response) =>
      streaming(response)('ERROR', {
        code: 429,
        reason: 'TooManyRequests',
        details: { retryAfterSeconds: 3 },
      }),
    { status: 429, retryAfterMs: 3000 },
  ],
  [
    '500 as an event',
    (_, response) => streaming(response)('ERROR', { code: 500 }),
    { status: 500, code: 'Internal' },
  ],
  ['an error event without a code', (_, response) => streaming(response)('ERROR', {}), { status: 500 }],
  [
    'a reset',
    (_, response) => resetAfter(response),
    { status: 0, code: 'Unavailable', reason: 'ConnectionFailed' },
  ],
  [
    'a line that is not JSON',
    (_, response) => response.writeHead(200).end('{"type":\n'),
    { reason: 'MalformedEvent' },
  ],
  [
    'a line that is no event',
    (_, response) => response.writeHead(200).end('[]\n'),
    { reason: 'MalformedEvent' },
  ],
  ['a null line', (_, response) => response.writeHead(200).end('null\n'), { reason: 'MalformedEvent' }],
  [
    'an endless line',
    (_, response) => response.writeHead(200).end(Buffer.alloc(maxLineBytes + 1, 'x')),
    { reason: 'LineTooLong', code: 'ResourceExhausted' },
  ],
];

function resetAfter(response: ServerResponse): void {
  streaming(response)('ADDED', object('a'));
  response.write('{"type":"ADDED"', () => response.socket?.resetAndDestroy());
}

test.each(refusals)('%s fails the watch and says how', async (_name, script, expected) => {
  const { error } = await watch(script);
  expect(error).toBeInstanceOf(KubeError);
  expect(error).toMatchObject(expected);
});

test('a server that never ends a watch is given up half a minute after it should have', async () => {
  const clock = new ManualClock();
  let send: (type: string, object: unknown) => void = () => undefined;
  let count = 0;
  const { error, events } = await watch(
    (_, response) => {
      send = streaming(response);
      send('ADDED', object('a'));
    },
    {
      ...{ clock, timeoutSeconds: 300 },
      onEvent: () => {
        count += 1;
        void clock.advance(33_000).then(() => send('MODIFIED', object('a', String(count))));
      },
    },
  );
  expect(error).toMatchObject({ code: 'DeadlineExceeded', reason: 'WatchStalled' });
  expect(events).toHaveLength(10);
});

test.each([
  ['has sent a bookmark', 'BOOKMARK', 90_000],
  ['sends no bookmarks', 'ADDED', 300_000],
])('a watch of a server that %s and goes silent is given up', async (_what, type, silentMs) => {
  const clock = new ManualClock();
  const start = clock.monotonic();
  const { error } = await watch((_, response) => streaming(response)(type, object('a')), {
    ...{ clock, timeoutSeconds: 600 },
    onEvent: () => void clock.advance(silentMs),
  });
  expect(error).toMatchObject({ code: 'Unavailable', status: 0, reason: 'WatchSilent' });
  expect(clock.monotonic() - start).toBe(silentMs);
});

test('a server that never answers is given up after the request time limit', async () => {
  const clock = new ManualClock();
  const { error } = await watch(() => clock.advance(30_000), { clock });
  expect(error).toMatchObject({ code: 'DeadlineExceeded', reason: 'Timeout' });
});

test('an abort ends a silent watch with its reason', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  const { error } = await watch((_, response) => streaming(response)('ADDED', object('a')), {
    signal: abort.signal,
    onEvent: () => abort.abort(reason),
  });
  expect(error).toBe(reason);
});

test('no event is delivered after an abort', async () => {
  const abort = new AbortController();
  const { events } = await watch(
    (_, response) => {
      const line = JSON.stringify({ type: 'ADDED', object: object('a') });
      response.writeHead(200).end(`${line}\n${line}\n${line}\n`);
    },
    { signal: abort.signal, onEvent: () => abort.abort() },
  );
  expect(events).toHaveLength(1);
});

test('a watch left by break closes its connection', async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await ScriptedServer.start((_, response) => {
    response.on('close', closed.resolve);
    streaming(response)('ADDED', object('a'));
  });
  await using client = new KubeClient({
    connection: fixedConnection({ server: server.url }),
    clock: systemClock,
    userAgent: 'test',
  });
  const { signal } = new AbortController();
  for await (const _ of client.watch(resources.configMaps, { resourceVersion: '1', signal })) break;
  await closed.promise;
});

test('watches do not use up the connections of other requests', async () => {
  await using server = await ScriptedServer.start((seen, response) => {
    if (seen.url.searchParams.has('watch')) streaming(response)('ADDED', object('a'));
    else json(response, 200, {});
  });
  await using client = new KubeClient({
    connection: fixedConnection({ server: server.url }),
    clock: systemClock,
    userAgent: 'test',
  });
  const abort = new AbortController();
  const watches = Array.from({ length: 40 }, async () => {
    const events = client.watch(resources.configMaps, { resourceVersion: '1', signal: abort.signal });
    await events.next();
    return events;
  });
  await Promise.all(watches);
  await client.get(resources.nodes, { name: 'n' });
  expect(server.connections).toBe(41);
  abort.abort();
});
