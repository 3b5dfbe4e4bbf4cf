import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { KubeError } from './error.ts';
import { Reachability } from './reachability.ts';

interface Bench {
  readonly clock: ManualClock;
  readonly reachability: Reachability;
  /** Times at which the server was asked whether it is ready. */
  readonly probes: number[];
  /** Lengths of the outages that ended. */
  readonly outages: number[];
  /** Whether the next question is answered well; undefined for never. */
  probe: 'ready' | 'not ready' | undefined;
}

function bench(): Bench {
  const clock = new ManualClock(0);
  const at: Bench = {
    ...{ clock, probes: [], outages: [], probe: 'not ready' },
    reachability: new Reachability({
      clock,
      probeIntervalMs: 1000,
      probe: (signal) => {
        at.probes.push(clock.monotonic());
        if (at.probe === 'ready') return Promise.resolve();
        if (at.probe === 'not ready') return Promise.reject(new Error('503'));
        return clock.sleep(5000, signal).then(() => Promise.reject(new Error('no answer')));
      },
      onLost: () => undefined,
      onReached: (ms) => at.outages.push(ms),
      random: () => 0.5,
    }),
  };
  return at;
}

const away = new KubeError('Unavailable', 'no answer', { status: 0, reason: 'ConnectionFailed' });
const busy = new KubeError('ResourceExhausted', 'busy', { status: 429, reason: 'TooManyRequests' });
const gone = new KubeError('NotFound', 'gone', { status: 404, reason: 'NotFound' });

/** When a wait ended, and whether by a recovery; undefined while it lasts. */
function waitFor(at: Bench, ms: number, error: unknown): { ended?: { at: number; recovered: boolean } } {
  const wait: { ended?: { at: number; recovered: boolean } } = {};
  void at.reachability.pause(ms, error).then((recovered) => {
    wait.ended = { at: at.clock.monotonic(), recovered };
  });
  return wait;
}

test('all who wait for a server that is away go on within half a second of the first answer', async () => {
  const at = bench();
  at.reachability.lost(0);
  const waits = [500, 8000, 30_000].map((ms) => waitFor(at, ms, away));
  await at.clock.advance(20_000);
  expect(waits.map(({ ended }) => ended)).toEqual([undefined, undefined, undefined]);
  at.reachability.answered(200, at.clock.monotonic());
  await at.clock.advance(500);
  for (const { ended } of waits) expect(ended).toMatchObject({ recovered: true, at: 20_250 });
});

test('a server that is back is noticed by asking once a second, by one question for all who wait', async () => {
  const at = bench();
  at.reachability.lost(0);
  const waits = Array.from({ length: 5 }, () => waitFor(at, 500, away));
  await at.clock.advance(10_000);
  expect(at.probes.length).toBeLessThanOrEqual(10);
  expect(at.probes.length).toBeGreaterThanOrEqual(8);
  at.probe = 'ready';
  await at.clock.advance(2000);
  expect(waits.every(({ ended }) => ended?.recovered)).toBe(true);
  expect(at.outages).toHaveLength(1);
});

test('a server that swallows the questions is asked again before they are given up, by five at a time', async () => {
  const at = bench();
  at.probe = undefined;
  at.reachability.lost(0);
  waitFor(at, 500, away);
  await at.clock.advance(20_000);
  expect(at.probes.length).toBeGreaterThanOrEqual(15);
  at.probe = 'ready';
  await at.clock.advance(2000);
  expect(at.outages).toHaveLength(1);
});

test('nobody waits for an absent server for longer than half a minute', async () => {
  const at = bench();
  at.reachability.lost(0);
  const wait = waitFor(at, 500, away);
  await at.clock.advance(30_000);
  expect(wait.ended).toEqual({ recovered: false, at: 30_000 });
});

test('a request that was begun in an outage and fails after it is no new one', async () => {
  const at = bench();
  at.reachability.lost(0);
  await at.clock.advance(20_000);
  at.reachability.answered(200, at.clock.monotonic());
  await at.clock.advance(1000);
  at.reachability.lost(18_000);
  const wait = waitFor(at, 500, away);
  await at.clock.advance(500);
  expect(wait.ended).toEqual({ recovered: false, at: 21_500 });
  expect(at.outages).toHaveLength(1);
});

test('nothing is asked while all is well, nor while nobody waits, nor after the end', async () => {
  const at = bench();
  at.reachability.answered(200, 0);
  waitFor(at, 600_000, gone);
  await at.clock.advance(600_000);
  at.reachability.lost(at.clock.monotonic());
  await at.clock.advance(60_000);
  expect(at.probes).toEqual([]);
  const wait = waitFor(at, 500, away);
  at.reachability[Symbol.dispose]();
  await at.clock.advance(60_000);
  expect(at.probes).toEqual([]);
  expect(wait.ended).toBeDefined();
  expect(at.clock.waiting).toBe(0);
});

test('a wait that an overloaded server asked for ends when it does what it is asked', async () => {
  const at = bench();
  at.reachability.answered(429, 0);
  const wait = waitFor(at, 30_000, busy);
  await at.clock.advance(4000);
  expect(wait.ended).toBeUndefined();
  at.reachability.answered(200, 4000);
  await at.clock.advance(500);
  expect(wait.ended).toEqual({ recovered: true, at: 4250 });
  expect(at.probes).toEqual([]);
});

test('a server that fails some requests and answers others is not asked for the failing ones all the time', async () => {
  const at = bench();
  let recoveries = 0;
  at.reachability.recoveries.subscribe(() => {
    recoveries += 1;
  });
  for (let i = 0; i < 1200; i++) {
    at.reachability.answered(429, at.clock.monotonic());
    await at.clock.advance(50);
    at.reachability.answered(200, at.clock.monotonic());
    await at.clock.advance(50);
  }
  expect(recoveries).toBeGreaterThan(3);
  expect(recoveries).toBeLessThan(10);
});

test.each([
  ['the server refuses all while it starts (403)', 403, 10_000],
  ['the server refuses all while it starts (500)', 500, 10_000],
  ['the request was begun before the server went away', 200, -1],
])('an answer is no recovery when %s', async (_why, status, startedAt) => {
  const at = bench();
  at.reachability.lost(0);
  const wait = waitFor(at, 500, away);
  await at.clock.advance(10_000);
  at.reachability.answered(status, startedAt);
  await at.clock.advance(1000);
  expect(wait.ended).toBeUndefined();
});

test('what has another cause waits its time', async () => {
  const at = bench();
  at.reachability.lost(0);
  const wait = waitFor(at, 8000, gone);
  at.reachability.answered(200, 0);
  await at.clock.advance(7999);
  expect(wait.ended).toBeUndefined();
  await at.clock.advance(1);
  expect(wait.ended).toEqual({ recovered: false, at: 8000 });
});

test('a wait ends with its signal', async () => {
  const at = bench();
  const abort = new AbortController();
  at.reachability.lost(0);
  const wait = expect(at.reachability.pause(500, away, abort.signal)).rejects.toThrow('enough');
  abort.abort(new Error('enough'));
  await wait;
  await expect(at.reachability.pause(500, away, abort.signal)).rejects.toThrow('enough');
});
