import { expect, test } from '@jest/globals';
import { type Logger, ManualClock, silentLogger } from '@rackwright/core';
import { KubeClient } from './client.ts';
import { fixedConnection } from './connection.ts';
import { EventRecorder } from './event-recorder.ts';
import { json, refuse, type Script, ScriptedServer, type Seen } from './testing/scripted-server.ts';
import { leadershipLost, type WriteFence } from './write-fence.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace: 'ns', uid: 'u' };
const node = { apiVersion: 'v1', kind: 'Node', name: 'n' };
const note = { type: 'Warning', reason: 'DeviceUnhealthy', message: 'cxi0: link is down' } as const;

interface Bench extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly client: KubeClient;
  readonly recorder: EventRecorder;
  readonly clock: ManualClock;
  readonly warnings: string[];
}

async function bench(script: Script = (_, response) => json(response, 201, {})): Promise<Bench> {
  const server = await ScriptedServer.start(script);
  const clock = new ManualClock(Date.UTC(2026, 0, 2, 3, 4, 5, 6));
  const client = new KubeClient({
    connection: fixedConnection({ server: server.url }),
    clock,
    userAgent: 'test',
  });
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
  const recorder = new EventRecorder({ client, clock, logger, component: 'driver-agent', instance: 'pod-1' });
  return {
    ...{ server, client, recorder, clock, warnings },
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function body(seen: Seen | undefined): unknown {
  return JSON.parse(seen?.text ?? 'null');
}

/** Moves time on in small steps until `server` has seen `count` requests. */
async function untilSeen({ server, clock }: Bench, count: number): Promise<void> {
  for (let i = 0; i < 1000 && server.seen.length < count; i++) await clock.advance(100);
  expect(server.seen.length).toBe(count);
}

test('an event says what happened to what, when, and who saw it', async () => {
  await using at = await bench();
  at.recorder.emit(pod, note);
  await at.recorder.flush();
  const [seen] = at.server.seen;
  expect(`${seen?.method} ${seen?.url.pathname}`).toBe('POST /apis/events.k8s.io/v1/namespaces/ns/events');
  expect(body(seen)).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: expect.stringMatching(/^p\.[0-9a-f]+$/), namespace: 'ns' },
    eventTime: '2026-01-02T03:04:05.006000Z',
    type: 'Warning',
    reason: 'DeviceUnhealthy',
    action: 'DeviceUnhealthy',
    note: 'cxi0: link is down',
    regarding: pod,
    reportingController: 'driver-agent',
    reportingInstance: 'pod-1',
  });
  expect(body(seen)).not.toHaveProperty('series');
});

test('an event about a cluster-scoped object goes to the namespace default', async () => {
  await using at = await bench();
  at.recorder.emit(node, note);
  await at.recorder.flush();
  expect(at.server.seen[0]?.url.pathname).toBe('/apis/events.k8s.io/v1/namespaces/default/events');
});

test('repetitions are counted in one event, written once a minute', async () => {
  await using at = await bench();
  at.recorder.emit(pod, note);
  await at.recorder.flush();
  for (let i = 0; i < 30; i++) {
    at.recorder.emit(pod, note);
    await at.clock.advance(1000);
  }
  expect(at.server.seen).toHaveLength(1);
  await untilSeen(at, 2);
  const name = (body(at.server.seen[0]) as { metadata: { name: string } }).metadata.name;
  expect(at.server.seen[1]?.method).toBe('PATCH');
  expect(at.server.seen[1]?.url.pathname).toMatch(new RegExp(`/events/${name}$`));
  expect(body(at.server.seen[1])).toEqual({
    series: { count: 31, lastObservedTime: '2026-01-02T03:04:34.006000Z' },
  });
});

test('what was counted but not yet written is written by flush', async () => {
  await using at = await bench();
  at.recorder.emit(pod, note);
  await at.recorder.flush();
  at.recorder.emit(pod, note);
  await at.recorder.flush();
  expect(body(at.server.seen[1])).toMatchObject({ series: { count: 2 } });
  await at.recorder.flush();
  expect(at.server.seen).toHaveLength(2);
  expect(at.clock.waiting).toBe(0);
});

test('another message, or the same one much later, is another event', async () => {
  await using at = await bench();
  at.recorder.emit(pod, note);
  at.recorder.emit(pod, { ...note, message: 'cxi1: link is down' });
  await at.recorder.flush();
  await at.clock.advance(600_000);
  at.recorder.emit(pod, note);
  await at.recorder.flush();
  expect(at.server.seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST']);
});

test('an event the server has forgotten is made anew with its count', async () => {
  await using at = await bench((seen, response) => {
    if (seen.method === 'PATCH') refuse(response, 404, 'NotFound');
    else json(response, 201, {});
  });
  at.recorder.emit(pod, note);
  await at.recorder.flush();
  at.recorder.emit(pod, note);
  await at.recorder.flush();
  expect(at.server.seen.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST']);
  const names = [0, 2].map((i) => (body(at.server.seen[i]) as { metadata: { name: string } }).metadata.name);
  expect(new Set(names).size).toBe(2);
  expect(body(at.server.seen[2])).toMatchObject({ series: { count: 2 } });
});

test('a failing server is tried again with the same event name, and Retry-After is kept to', async () => {
  let answers = 0;
  await using at = await bench((_, response) => {
    answers += 1;
    if (answers < 3) refuse(response, 429, 'TooManyRequests', { 'retry-after': '20' });
    else json(response, 201, {});
  });
  at.recorder.emit(pod, note);
  await untilSeen(at, 1);
  await at.clock.advance(19_000);
  expect(at.server.seen).toHaveLength(1);
  await untilSeen(at, 3);
  expect(new Set(at.server.seen.map(({ text }) => text)).size).toBe(1);
});

test('an event that is refused is dropped with one line in the log', async () => {
  await using at = await bench((_, response) => refuse(response, 403, 'Forbidden'));
  at.recorder.emit(pod, note);
  await at.recorder.flush();
  expect(at.server.seen).toHaveLength(1);
  expect(at.warnings).toEqual(['an event could not be written']);
});

test('an earlier try that did arrive is no failure', async () => {
  await using at = await bench((_, response) => refuse(response, 409, 'AlreadyExists'));
  at.recorder.emit(pod, note);
  await at.recorder.flush();
  expect(at.warnings).toEqual([]);
});

test('events of a leader that lost the lead are not written, neither then nor when it leads again', async () => {
  let answers = 0;
  await using at = await bench((_, response) => {
    answers += 1;
    if (answers === 1) refuse(response, 503, 'ServiceUnavailable');
    else json(response, 201, {});
  });
  let leads = true;
  const fence: WriteFence = {
    signal: new AbortController().signal,
    check: () => {
      if (!leads) throw leadershipLost();
    },
  };
  const recorder = new EventRecorder({
    ...{ client: at.client.fenced(fence), clock: at.clock, logger: silentLogger },
    ...{ component: 'operator', instance: 'pod-1', rate: { ratePerSecond: 0.1, burst: 1 } },
  });
  for (const message of ['one', 'two', 'three', 'one']) recorder.emit(pod, { ...note, message });
  await untilSeen(at, 1);
  leads = false;
  recorder.discard();
  await at.clock.advance(30_000);
  leads = true;
  await at.clock.advance(300_000);
  expect(at.server.seen).toHaveLength(1);
  recorder.emit(pod, { ...note, message: 'four' });
  await untilSeen(at, 2);
  expect(body(at.server.seen[1])).toMatchObject({ note: 'four' });
});

test('an event that happens when this replica does not lead is dropped without a warning', async () => {
  await using at = await bench();
  const fence: WriteFence = {
    signal: new AbortController().signal,
    check: () => {
      throw leadershipLost();
    },
  };
  const logger: Logger = { ...silentLogger, warn: (message) => void at.warnings.push(message) };
  const recorder = new EventRecorder({
    ...{ client: at.client.fenced(fence), clock: at.clock, logger },
    ...{ component: 'operator', instance: 'pod-1' },
  });
  recorder.emit(pod, note);
  await recorder.flush();
  expect(at.server.seen).toEqual([]);
  expect(at.warnings).toEqual([]);
});

test('an event emitted at whatever moment another is done with is written too', async () => {
  for (let turns = 0; turns < 30; turns++) {
    let writes = 0;
    const create = async (): Promise<never> => {
      writes += 1;
      return {} as never;
    };
    const recorder = new EventRecorder({
      ...{ clock: new ManualClock(), logger: silentLogger, component: 'c', instance: 'i' },
      client: { create, patch: create },
    });
    recorder.emit(pod, note);
    for (let i = 0; i < turns; i++) await Promise.resolve();
    recorder.emit(node, note);
    for (let i = 0; i < 50; i++) await Promise.resolve();
    expect(writes).toBe(2);
  }
});

test('a flood is dropped beyond what may wait, and the rest goes out at a limited rate', async () => {
  await using at = await bench();
  for (let i = 0; i < 1000; i++) at.recorder.emit(pod, { ...note, message: `flood ${i}` });
  await untilSeen(at, 25);
  await at.clock.advance(10_000);
  expect(at.server.seen.length).toBeLessThanOrEqual(25 + 12);
  await at.clock.advance(300_000);
  expect(at.server.seen.length).toBeLessThanOrEqual(257);
  expect(at.warnings).toContain('too many events, some were dropped');
});

test('flush gives up after five seconds and says what is lost', async () => {
  await using at = await bench(() => undefined);
  at.recorder.emit(pod, note);
  const flushed = at.recorder.flush();
  await at.clock.advance(5000);
  await flushed;
  expect(at.warnings).toEqual(['events were lost']);
});

test('after disposal nothing is sent', async () => {
  await using at = await bench();
  await at.recorder[Symbol.asyncDispose]();
  at.recorder.emit(pod, note);
  await at.recorder.flush();
  expect(at.server.seen).toHaveLength(0);
});

test('long texts are cut to what the server accepts, between characters', async () => {
  await using at = await bench();
  at.recorder.emit(
    { ...pod, name: 'x'.repeat(253) },
    { ...note, message: '€'.repeat(400), reason: 'R'.repeat(200) },
  );
  await at.recorder.flush();
  const event = body(at.server.seen[0]) as { metadata: { name: string }; note: string; reason: string };
  expect(event.metadata.name.length).toBeLessThanOrEqual(253);
  expect(Buffer.byteLength(event.note)).toBeLessThanOrEqual(1024);
  expect(event.note).toMatch(/^€+…$/);
  expect(event.reason).toHaveLength(128);
});
