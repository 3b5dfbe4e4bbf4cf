import { expect, test } from '@jest/globals';
import { type Logger, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { type ConfigMap, fixedConnection, KubeClient } from '@rackwright/kube';
import { TcpProxy, waitUntil } from '@rackwright/testbed/without-nodes';
import fc from 'fast-check';
import type { Informer, InformerEvent } from './informer.ts';
import type { ControllerMetrics } from './metrics.ts';
import { contentsOf, MemoryApi, refuse, runInformer } from './testing/memory-api.ts';

/** Moves `clock` on in small steps until `condition` holds; fails after ten simulated minutes. */
async function until(clock: ManualClock, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 6000; i++) {
    if (condition()) return;
    await clock.advance(100);
  }
  expect('the condition').toBe('reached');
}

function record(informer: Informer<ConfigMap>): string[] {
  const seen: string[] = [];
  informer.subscribe(({ type, object, previous }: InformerEvent<ConfigMap>) => {
    const before = previous === undefined ? '' : `${previous.data?.v}→`;
    seen.push(`${type} ${object.metadata?.name} ${before}${object.data?.v}`);
  });
  return seen;
}

async function synced(informer: Informer<ConfigMap>, clock: ManualClock): Promise<void> {
  await until(clock, () => informer.synced.value);
}

test('the cache holds what the server has and follows it', async () => {
  await using api = await MemoryApi.start();
  for (let i = 0; i < 12; i++) api.put(`c${i}`, '0');
  const clock = new ManualClock();
  await using informer = runInformer(api, clock, { pageSize: 5 });
  const seen = record(informer);
  expect(informer.synced.value).toBe(false);
  await synced(informer, clock);
  expect(api.lists).toBe(3);
  expect(seen).toHaveLength(12);
  api.put('c0', '1');
  api.put('new', '1');
  api.remove('c1');
  await until(clock, () => seen.length === 15);
  expect(seen.slice(12)).toEqual(['updated c0 0→1', 'added new 1', 'deleted c1 0']);
  expect(contentsOf(informer.list())).toEqual(api.contents);
  expect(informer.get('ns/c0')?.data).toEqual({ v: '1' });
  expect(informer.get('c0')).toBeUndefined();
});

test('managed fields are not kept, and trim decides what else', async () => {
  await using api = await MemoryApi.start();
  api.put('a', '1');
  const clock = new ManualClock();
  await using informer = runInformer(api, clock, { trim: ({ metadata }) => ({ metadata: metadata ?? {} }) });
  await synced(informer, clock);
  api.put('b', '2');
  await until(clock, () => informer.size === 2);
  for (const object of informer.list()) {
    expect(object).not.toHaveProperty('data');
    expect(object.metadata).not.toHaveProperty('managedFields');
  }
});

test('a trim that throws loses no object', async () => {
  await using api = await MemoryApi.start();
  api.put('a', '1');
  const errors: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    error: (message) => void errors.push(message),
    child: () => logger,
  };
  const clock = new ManualClock();
  const trim = (): never => {
    throw new Error('bug');
  };
  await using informer = runInformer(api, clock, { trim, logger });
  await synced(informer, clock);
  expect(informer.get('ns/a')?.data).toEqual({ v: '1' });
  expect(errors[0]).toContain('trim failed');
});

test('an index function that throws loses no object either', async () => {
  await using api = await MemoryApi.start();
  api.put('good', '1');
  api.put('bad', '1');
  const clock = new ManualClock();
  const byName = ({ metadata }: ConfigMap): string[] => {
    if (metadata?.name === 'bad') throw new Error('bug');
    return [metadata?.name ?? ''];
  };
  await using informer = runInformer(api, clock, { indexes: { byName } });
  await synced(informer, clock);
  expect(informer.size).toBe(2);
  expect(informer.byIndex('byName', 'good')).toHaveLength(1);
});

test('a subscriber that throws stops neither the informer nor other subscribers', async () => {
  await using api = await MemoryApi.start();
  api.put('a', '1');
  const clock = new ManualClock();
  await using informer = runInformer(api, clock);
  informer.subscribe(() => {
    throw new Error('bug');
  });
  const seen = record(informer);
  await synced(informer, clock);
  api.put('b', '1');
  await until(clock, () => seen.length === 2);
});

test('an unsubscribed function is not called any more', async () => {
  await using api = await MemoryApi.start();
  const clock = new ManualClock();
  await using informer = runInformer(api, clock);
  let calls = 0;
  informer.subscribe(() => (calls += 1))[Symbol.dispose]();
  const seen = record(informer);
  await synced(informer, clock);
  api.put('a', '1');
  await until(clock, () => seen.length === 1);
  expect(calls).toBe(0);
});

test('a watch the server ends is resumed without listing, and nothing in between is missed', async () => {
  await using api = await MemoryApi.start();
  const clock = new ManualClock();
  await using informer = runInformer(api, clock);
  const seen = record(informer);
  await until(clock, () => api.watches === 1);
  for (let i = 1; i <= 5; i++) {
    api.close();
    api.put('a', `${i}`);
    await until(clock, () => seen.length === i);
  }
  expect(seen.at(-1)).toBe('updated a 4→5');
  expect(api.lists).toBe(1);
});

test('a quiet watch ended again and again never leaves a gap of more than a second', async () => {
  await using api = await MemoryApi.start();
  const clock = new ManualClock();
  await using informer = runInformer(api, clock);
  await synced(informer, clock);
  for (let i = 1; i <= 20; i++) {
    await until(clock, () => api.watches === i && informer.failure.value === undefined);
    const before = clock.monotonic();
    api.close();
    await until(clock, () => api.watches === i + 1);
    expect(clock.monotonic() - before).toBeLessThanOrEqual(1100);
  }
});

test('after 410 the cache is listed anew, and what vanished meanwhile is reported as deleted', async () => {
  await using api = await MemoryApi.start();
  api.put('stays', '1');
  api.put('goes', '1');
  const clock = new ManualClock();
  await using informer = runInformer(api, clock);
  await until(clock, () => api.watches === 1);
  const seen = record(informer);
  api.reset();
  api.remove('goes');
  api.put('stays', '2');
  api.put('comes', '1');
  api.compact();
  await until(clock, () => seen.length === 3);
  expect(seen.sort()).toEqual(['added comes 1', 'deleted goes 1', 'updated stays 1→2']);
  expect(api.lists).toBe(2);
  expect(contentsOf(informer.list())).toEqual(api.contents);
});

test('a bookmark moves the place to resume from, so that a compaction costs no list', async () => {
  await using api = await MemoryApi.start();
  const clock = new ManualClock();
  await using informer = runInformer(api, clock);
  await until(clock, () => api.watches === 1 && informer.synced.value);
  api.put('a', '1');
  api.remove('a');
  api.compact();
  api.bookmark();
  await clock.advance(1000);
  api.close();
  await until(clock, () => api.watches === 2);
  await clock.advance(1000);
  expect(api.lists).toBe(1);
});

const failures: [string, (api: MemoryApi) => void][] = [
  ['reset', (api) => api.reset()],
  ['ended in the middle of an event', (api) => api.cutOff()],
  ['answered with nonsense', (api) => api.say('nonsense\n')],
  ['ended by an error event 500', (api) => api.say('{"type":"ERROR","object":{"code":500}}\n')],
  ['ended by an error event 429', (api) => api.say('{"type":"ERROR","object":{"code":429}}\n')],
  ['ended by an error event 410', (api) => api.say('{"type":"ERROR","object":{"code":410}}\n')],
];

test.each(failures)('a watch %s comes back and catches up', async (_name, failure) => {
  await using api = await MemoryApi.start();
  const clock = new ManualClock();
  await using informer = runInformer(api, clock);
  const seen = record(informer);
  await until(clock, () => api.watches === 1 && informer.synced.value);
  await clock.advance(100);
  failure(api);
  api.put('a', '1');
  await until(clock, () => seen.length === 1);
  expect(contentsOf(informer.list())).toEqual(api.contents);
});

test('a watch that goes silent is given up in time, and the cache catches up', async () => {
  await using api = await MemoryApi.start();
  const clock = new ManualClock();
  let silent = true;
  api.watchFault = (response) => {
    if (silent) response.writeHead(200).flushHeaders();
    return silent;
  };
  await using informer = runInformer(api, clock);
  await until(clock, () => api.watches === 1 && informer.synced.value);
  api.put('a', '1');
  silent = false;
  const start = clock.monotonic();
  for (let i = 0; i < 70 && informer.size === 0; i++) await clock.advance(10_000);
  expect(informer.size).toBe(1);
  expect(clock.monotonic() - start).toBeLessThanOrEqual(650_000);
});

test('a server that refuses everything for a while is asked at growing intervals, and the reason can be read', async () => {
  await using api = await MemoryApi.start();
  const clock = new ManualClock();
  api.listFault = (response) => refuse(response, 503);
  await using informer = runInformer(api, clock);
  for (let i = 0; i < 30; i++) await clock.advance(10_000);
  expect(api.lists).toBeGreaterThan(8);
  expect(api.lists).toBeLessThan(30);
  expect(informer.failure.value).toContain('told to fail');
  api.listFault = () => false;
  await until(clock, () => informer.synced.value);
  expect(informer.failure.value).toBeUndefined();
});

test('a kind whose CRD is gone has no objects, says what is missing, and is followed again once it is back', async () => {
  await using api = await MemoryApi.start();
  api.put('a', '1');
  const clock = new ManualClock();
  await using informer = runInformer(api, clock);
  const seen = record(informer);
  await synced(informer, clock);
  api.listFault = (response) => refuse(response, 404);
  api.watchFault = (response) => refuse(response, 404);
  api.close();
  await until(clock, () => !informer.served.value);
  expect(seen).toEqual(['added a 1', 'deleted a 1']);
  expect(informer.failure.value).toContain('does not serve configmaps');
  expect(informer.failure.value).toContain('apply its CustomResourceDefinition');
  await clock.advance(600_000);
  [api.listFault, api.watchFault] = [() => false, () => false];
  const backAt = clock.monotonic();
  await until(clock, () => informer.served.value && informer.size === 1);
  expect(clock.monotonic() - backAt).toBeLessThanOrEqual(5100);
  expect(informer.failure.value).toBeUndefined();
});

test('a cache of a kind that was never there counts as complete: it is empty', async () => {
  await using api = await MemoryApi.start();
  api.listFault = (response) => refuse(response, 404);
  const clock = new ManualClock();
  await using informer = runInformer(api, clock);
  await synced(informer, clock);
  expect(informer.served.value).toBe(false);
});

test.each([
  ['20', 20_000],
  ['3600', 30_000],
  ['86400', 30_000],
  ['Fri, 01 Jan 2100 00:00:00 GMT', 30_000],
])('a list answered by 429 with Retry-After: %s is repeated after %d ms', async (retryAfter, waitMs) => {
  await using api = await MemoryApi.start();
  const clock = new ManualClock();
  const lines: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (_, fields) => void lines.push(String(fields?.error)),
    child: () => logger,
  };
  api.listFault = (response) => refuse(response, 429, { 'retry-after': retryAfter });
  await using informer = runInformer(api, clock, { logger });
  await until(clock, () => informer.failure.value !== undefined);
  const start = clock.monotonic();
  for (let lists = 2; lists <= 4; lists++) {
    await until(clock, () => api.lists === lists);
    const waited = clock.monotonic() - start;
    // The clock moves on while an answer is on its way.
    expect(waited).toBeGreaterThan((lists - 1) * waitMs - 1000);
    expect(waited).toBeLessThan((lists - 1) * waitMs + 3000);
  }
  if (waitMs === 30_000) expect(informer.failure.value).toMatch(/asks to wait .+, cut to 30s/);
  expect(lines).toEqual([expect.stringContaining('told to fail')]);
});

test('three informers of one client come back from an outage with one watch each and no list', async () => {
  await using api = await MemoryApi.start();
  await using proxy = await TcpProxy.start(api.url);
  const server = proxy.url.replace('https:', 'http:');
  const clock = systemClock;
  await using client = new KubeClient({ connection: fixedConnection({ server }), clock, userAgent: 'test' });
  await using stack = new AsyncDisposableStack();
  const informers = [1, 2, 3].map(() => stack.use(runInformer(api, clock, { client })));
  const all = (check: (informer: Informer<ConfigMap>) => boolean): Promise<unknown> =>
    waitUntil('all informers', () => informers.every(check), { clock, intervalMs: 5 });
  await all(({ synced }) => synced.value);
  await waitUntil('their watches', () => api.watches === 3, { clock, intervalMs: 5 });
  proxy.mode = 'reset';
  await all(({ failure }) => failure.value !== undefined);
  await waitUntil('some tries', () => proxy.connections > 8, { clock, intervalMs: 5 });
  api.put('a', '1');
  proxy.mode = 'forward';
  await all(({ size, failure }) => size === 1 && failure.value === undefined);
  expect(api.lists).toBe(3);
  expect(api.watches).toBe(6);
});

test('at rest nothing is asked: one list, one watch, however long', async () => {
  await using api = await MemoryApi.start();
  const clock = new ManualClock();
  await using informer = runInformer(api, clock);
  await until(clock, () => api.watches === 1 && informer.synced.value);
  for (let minutes = 0; minutes < 5; minutes++) {
    for (let seconds = 0; seconds < 60; seconds++) await clock.advance(1000);
    api.bookmark();
  }
  expect([api.lists, api.watches, api.probes]).toEqual([1, 1, 0]);
});

test('where watches never work the cache is still renewed every half minute', async () => {
  await using api = await MemoryApi.start();
  const clock = new ManualClock();
  api.watchFault = (response) => refuse(response, 503);
  await using informer = runInformer(api, clock);
  await synced(informer, clock);
  for (let i = 0; i < 30; i++) await clock.advance(10_000);
  api.put('late', '1');
  for (let i = 0; i < 4; i++) await clock.advance(10_000);
  expect(informer.get('ns/late')).toBeDefined();
});

test('metrics tell how full the cache is and why watches were opened again', async () => {
  await using api = await MemoryApi.start();
  api.put('a', '1');
  const clock = new ManualClock();
  const counts: Record<string, number> = {};
  const metrics = {
    cachedObjects: (informer: string, count: number) => (counts[informer] = count),
    watchRestarted: (_: string, cause: string) => (counts[cause] = (counts[cause] ?? 0) + 1),
  } as unknown as ControllerMetrics;
  await using informer = runInformer(api, clock, { metrics });
  await until(clock, () => api.watches === 1 && informer.synced.value);
  await clock.advance(100);
  api.close();
  await until(clock, () => api.watches === 2);
  await clock.advance(100);
  api.reset();
  await until(clock, () => api.watches === 3);
  expect(counts).toEqual({ 'informer configmaps': 1, closed: 1, error: 1 });
});

test('stopping ends the informer at once, even in the middle of a wait', async () => {
  await using api = await MemoryApi.start();
  api.listFault = (response) => refuse(response, 503);
  const clock = new ManualClock();
  const informer = runInformer(api, clock);
  await until(clock, () => informer.failure.value !== undefined);
  await informer[Symbol.asyncDispose]();
  expect(clock.waiting).toBe(0);
});

type Step =
  | { readonly do: 'put'; readonly name: string; readonly v: string }
  | { readonly do: 'remove'; readonly name: string }
  | { readonly do: 'close' | 'reset' | 'compact' | 'bookmark' | 'nonsense' | 'listFails' | 'watchFails' }
  | { readonly do: 'pass'; readonly ms: number };

const name = fc.constantFrom('a', 'b', 'c', 'd');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put'), name, v: fc.constantFrom('1', '2', '3') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove'), name }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('close', 'reset', 'compact', 'bookmark', 'nonsense', 'listFails', 'watchFails'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.nat(3000) }) },
) as fc.Arbitrary<Step>;

function once(api: MemoryApi, which: 'listFault' | 'watchFault'): void {
  api[which] = (response) => {
    api[which] = () => false;
    return refuse(response, 500);
  };
}

async function perform(api: MemoryApi, clock: ManualClock, step: Step): Promise<void> {
  if (step.do === 'put') api.put(step.name, step.v);
  else if (step.do === 'remove') api.remove(step.name);
  else if (step.do === 'pass') await clock.advance(step.ms);
  else if (step.do === 'nonsense') api.say('}\n');
  else if (step.do === 'listFails') once(api, 'listFault');
  else if (step.do === 'watchFails') once(api, 'watchFault');
  else api[step.do]();
}

test('after any history of changes and faults the cache equals the server, and the events told add up to it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      await using api = await MemoryApi.start();
      const clock = new ManualClock();
      await using informer = runInformer(api, clock);
      const mirror = new Map<string, ConfigMap>();
      informer.subscribe(({ type, object }) => {
        const key = object.metadata?.name ?? '';
        expect(mirror.has(key)).toBe(type !== 'added');
        if (type === 'deleted') mirror.delete(key);
        else mirror.set(key, object);
      });
      for (const each of steps) await perform(api, clock, each);
      const wanted = JSON.stringify(api.contents);
      await until(clock, () => JSON.stringify(contentsOf(informer.list())) === wanted);
      expect(contentsOf([...mirror.values()])).toEqual(api.contents);
    }),
    { numRuns: 100 },
  );
}, 60_000);

test('an informer cannot be started twice', async () => {
  await using api = await MemoryApi.start();
  await using informer = runInformer(api, systemClock);
  await expect(informer.start(new AbortController().signal)).rejects.toThrow('twice');
});
