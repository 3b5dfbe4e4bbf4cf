import { expect, test } from '@jest/globals';
import { type Logger, ManualClock, silentLogger } from '@rackwright/core';
import { KubeError, leadershipLost, type WriteFence } from '@rackwright/kube';
import { Controller, type ControllerOptions, type Reconcile } from './controller.ts';
import type { ControllerMetrics } from './metrics.ts';
import { TerminalError } from './terminal-error.ts';
import { MemoryApi, runInformer } from './testing/memory-api.ts';

interface Bench extends AsyncDisposable {
  readonly api: MemoryApi;
  readonly clock: ManualClock;
  readonly controller: Controller;
  readonly metrics: string[];
  readonly lines: string[];
  readonly abort: AbortController;
  readonly running: Promise<void>;
}

/** A controller over the ConfigMaps of a server, running. */
async function bench(reconcile: Reconcile, options: Partial<ControllerOptions> = {}): Promise<Bench> {
  const api = await MemoryApi.start();
  const clock = new ManualClock();
  const informer = runInformer(api, clock);
  const metrics: string[] = [];
  const lines: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    ...{ debug: (m) => void lines.push(`debug ${m}`), warn: (m) => void lines.push(`warn ${m}`) },
    ...{ error: (m) => void lines.push(`error ${m}`), child: () => logger },
  };
  const controller = new Controller({
    ...{ name: 'test', reconcile, sources: [{ informer }], clock, logger },
    metrics: {
      reconciled: (_, outcome) => void metrics.push(outcome),
      retried: () => void metrics.push('retried'),
      queueDepth: () => undefined,
    } as Partial<ControllerMetrics> as ControllerMetrics,
    ...options,
  });
  const abort = new AbortController();
  const running = controller.start(abort.signal);
  return {
    ...{ api, clock, controller, metrics, lines, abort, running },
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await running;
      await informer[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

async function until(clock: ManualClock, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !condition(); i++) await clock.advance(20);
  expect(condition()).toBe(true);
}

test('nothing is reconciled before the cache is full, then every object once', async () => {
  const keys: string[] = [];
  await using at = await bench(async (key) => {
    keys.push(key);
  });
  for (const name of ['a', 'b', 'c']) at.api.put(name, '1');
  await until(at.clock, () => keys.length === 3);
  await at.clock.advance(60_000);
  expect(keys.sort()).toEqual(['ns/a', 'ns/b', 'ns/c']);
  expect(at.metrics).toEqual(['success', 'success', 'success']);
});

test('changes and deletions are reconciled', async () => {
  const keys: string[] = [];
  await using at = await bench(async (key) => {
    keys.push(key);
  });
  at.api.put('a', '1');
  await until(at.clock, () => keys.length === 1);
  at.api.put('a', '2');
  await until(at.clock, () => keys.length === 2);
  at.api.remove('a');
  await until(at.clock, () => keys.length === 3);
});

test('an error is tried again with growing waits until it works', async () => {
  const times: number[] = [];
  await using at = await bench(async () => {
    times.push(at.clock.monotonic());
    if (times.length < 5) throw new Error('not yet');
  });
  at.controller.enqueue('x');
  await until(at.clock, () => times.length === 5);
  const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(0.8 * 100 * 2 ** i);
  expect(at.metrics).toEqual([...Array.from({ length: 4 }, () => ['retried', 'error']).flat(), 'success']);
  expect(at.controller.queue.tracked).toBe(0);
});

test('a terminal error is logged and not tried again', async () => {
  let calls = 0;
  await using at = await bench(async () => {
    calls += 1;
    throw new TerminalError('InvalidArgument', 'spec makes no sense');
  });
  at.controller.enqueue('x');
  await until(at.clock, () => calls === 1);
  await at.clock.advance(600_000);
  expect(calls).toBe(1);
  expect(at.lines).toEqual(['error reconcile failed with a terminal error']);
  expect(at.metrics).toEqual(['terminal']);
});

test('a refusal with Retry-After waits as long as asked, a conflict is not worth a warning', async () => {
  const errors = [
    new KubeError('ResourceExhausted', 'busy', {
      status: 429,
      reason: 'TooManyRequests',
      retryAfterMs: 30_000,
    }),
    new KubeError('Conflict', 'changed', { status: 409, reason: 'Conflict' }),
  ];
  const times: number[] = [];
  await using at = await bench(async () => {
    times.push(at.clock.monotonic());
    const error = errors.shift();
    if (error !== undefined) throw error;
  });
  at.controller.enqueue('x');
  await until(at.clock, () => times.length === 3);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(30_000);
  expect(at.lines).toEqual(['warn reconcile failed', 'debug reconcile failed']);
});

test.each([
  ['429 with Retry-After of a day', 429, 86_400_000],
  ['503', 503, undefined],
  ['no answer', 0, undefined],
])(
  'after %s, however often, a key is tried again within half a minute',
  async (_what, status, retryAfterMs) => {
    const times: number[] = [];
    await using at = await bench(async () => {
      times.push(at.clock.monotonic());
      throw new KubeError('Unavailable', 'away', { status, reason: 'x', retryAfterMs });
    });
    at.controller.enqueue('x');
    for (let i = 0; i < 60; i++) await at.clock.advance(10_000);
    const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(waits.length).toBeGreaterThan(15);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
  },
);

test('what failed because the API server was away comes again as soon as it is back', async () => {
  const times: number[] = [];
  let isAway = true;
  const at = await MemoryApi.start();
  await using client = at.client(new ManualClock(0));
  await using running = await bench(
    async () => {
      times.push(running.clock.monotonic());
      if (isAway) throw new KubeError('Unavailable', 'away', { status: 0, reason: 'ConnectionFailed' });
    },
    { client },
  );
  running.controller.enqueue('x');
  for (let i = 0; i < 12; i++) await running.clock.advance(10_000);
  isAway = false;
  const before = running.clock.monotonic();
  client.reachability.lost(0);
  client.reachability.answered(200, 0);
  await until(running.clock, () => (times.at(-1) ?? 0) >= before);
  expect((times.at(-1) ?? 0) - before).toBeLessThanOrEqual(600);
  await at[Symbol.asyncDispose]();
});

test('no reconcile begins while the fence of its client lets no write pass', async () => {
  const keys: string[] = [];
  const at = await MemoryApi.start();
  let isOpen = true;
  const fence: WriteFence = {
    signal: new AbortController().signal,
    check: () => {
      if (!isOpen) throw leadershipLost();
    },
  };
  await using client = at.client(new ManualClock()).fenced(fence);
  await using running = await bench(async (key) => void keys.push(key), { client });
  running.controller.enqueue('a');
  await until(running.clock, () => keys.length === 1);
  isOpen = false;
  running.controller.enqueue('b');
  await running.clock.advance(10_000);
  expect(keys).toEqual(['a']);
  await at[Symbol.asyncDispose]();
});

test('a reconcile may ask to be called again later', async () => {
  const times: number[] = [];
  await using at = await bench(async () => {
    times.push(at.clock.monotonic());
    return times.length < 3 ? { requeueAfterMs: 5000 } : undefined;
  });
  at.controller.enqueue('x');
  await until(at.clock, () => times.length === 3);
  expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(10_000);
  expect(at.metrics).toEqual(['requeued', 'requeued', 'success']);
});

test('one key is never reconciled twice at once, several keys are up to the concurrency', async () => {
  const gate = Promise.withResolvers<void>();
  const active: string[] = [];
  const started: string[] = [];
  await using at = await bench(
    async (key) => {
      expect(active).not.toContain(key);
      active.push(key);
      started.push(key);
      if (started.length <= 2) await gate.promise;
      active.splice(active.indexOf(key), 1);
    },
    { concurrency: 2 },
  );
  for (const key of ['a', 'b', 'c', 'a']) at.controller.enqueue(key);
  await until(at.clock, () => started.length === 2);
  at.controller.enqueue('a');
  await at.clock.advance(1000);
  expect(started).toEqual(['a', 'b']);
  gate.resolve();
  await until(at.clock, () => started.length === 4);
  expect(started.sort()).toEqual(['a', 'a', 'b', 'c']);
});

test('a source may map its objects to other keys, and one that throws harms nobody else', async () => {
  await using api = await MemoryApi.start();
  const clock = new ManualClock();
  await using informer = runInformer(api, clock);
  const keys: string[] = [];
  const abort = new AbortController();
  const errors: string[] = [];
  const logger: Logger = { ...silentLogger, error: (m) => void errors.push(m), child: () => logger };
  const broken = {
    informer,
    map: () => {
      throw new Error('bug');
    },
  };
  const controller = new Controller({
    ...{ name: 'mapped', clock, logger },
    reconcile: async (key) => void keys.push(key),
    sources: [broken, { informer, map: ({ metadata }) => [`owner-of-${metadata?.name}`, 'all'] }],
  });
  api.put('a', '1');
  const running = controller.start(abort.signal);
  await until(clock, () => keys.length === 2);
  api.put('b', '1');
  await until(clock, () => keys.length === 4);
  expect(new Set(keys)).toEqual(new Set(['owner-of-a', 'owner-of-b', 'all']));
  expect(errors).not.toHaveLength(0);
  abort.abort();
  await running;
});

test('a reconcile that takes too long is told to stop, and is waited for before the next', async () => {
  const gate = Promise.withResolvers<void>();
  let calls = 0;
  let told: unknown;
  await using at = await bench(
    async (_, signal) => {
      calls += 1;
      if (calls > 1) return;
      signal.addEventListener('abort', () => (told = signal.reason));
      await gate.promise;
      signal.throwIfAborted();
    },
    { reconcileTimeoutMs: 10_000 },
  );
  at.controller.enqueue('x');
  await at.clock.advance(10_000);
  await until(at.clock, () => told !== undefined);
  at.controller.enqueue('x');
  await at.clock.advance(10_000);
  expect(calls).toBe(1);
  gate.resolve();
  await until(at.clock, () => calls === 2);
});

test('stopping aborts the reconcile under way and waits for its end', async () => {
  let ended = false;
  await using at = await bench(async (_, signal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    ended = true;
    throw signal.reason;
  });
  at.controller.enqueue('x');
  await at.clock.advance(100);
  at.abort.abort();
  await at.running;
  expect(ended).toBe(true);
  expect(at.lines).toEqual([]);
  expect(at.controller.queue.tracked).toBe(0);
});

test('stopping before the cache is full ends the controller', async () => {
  await using at = await bench(async () => undefined);
  at.api.listFault = () => true;
  at.abort.abort();
  await at.running;
});
