import { expect, test } from '@jest/globals';
import { aborted, type Clock, type Logger, ManualClock, silentLogger } from '@rackwright/core';
import { resourceType } from '@rackwright/kube';
import fc from 'fast-check';
import { LeaderElector } from './leader-elector.ts';
import { type RecordedTerm, TermRecord } from './term-record.ts';
import { type ElectionClient, ElectionServer, type Fate, failure } from './testing/election-server.ts';
import { StoppableClock } from './testing/stoppable-clock.ts';

const termType = resourceType<RecordedTerm>({
  ...{ group: 'test.io', version: 'v1', plural: 'leaderterms', kind: 'LeaderTerm', namespaced: true },
});
const terms = termType.plural;
const other = { holderIdentity: 'other', acquireTime: '2026-01-01T00:00:00.000000Z' };

/** Runs a replica until `stop` aborts. */
function replica(
  identity: string,
  { client, clock, logger = silentLogger }: { client: ElectionClient; clock: Clock; logger?: Logger },
  lead: (signal: AbortSignal) => Promise<void> = aborted,
) {
  const elector = new LeaderElector({
    ...{ client, clock, identity, logger, termType, namespace: 'ns', name: 'operator' },
    random: () => 0.5,
  });
  const stop = new AbortController();
  const running = elector.run(stop.signal, lead);
  return {
    ...{ elector, stop, running },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
    },
  };
}

/** What a logger was told, by level. */
function recorded(): { logger: Logger; lines: Record<'debug' | 'info' | 'warn' | 'error', string[]> } {
  const lines = { debug: [] as string[], info: [] as string[], warn: [] as string[], error: [] as string[] };
  const logger: Logger = {
    debug: (message) => void lines.debug.push(message),
    info: (message) => void lines.info.push(message),
    warn: (message) => void lines.warn.push(message),
    error: (message) => void lines.error.push(message),
    child: () => logger,
  };
  return { logger, lines };
}

test('who leads is recorded before the work begins', async () => {
  const clock = new ManualClock();
  const server = new ElectionServer(clock);
  const seen: unknown[] = [];
  const lead = async (signal: AbortSignal): Promise<void> => {
    seen.push(server.holder(terms));
    await aborted(signal);
  };
  await using first = replica('first', { client: server.client('first'), clock }, lead);
  await clock.advance(100);
  first.stop.abort();
  await clock.advance(100);
  await using _second = replica('second', { client: server.client('second'), clock }, lead);
  await clock.advance(5000);
  expect(seen).toEqual(['first', 'second']);
});

test('a former leader that sends late what it had begun to write is not recorded in the place of its successor', async () => {
  const clock = new ManualClock();
  const server = new ElectionServer(clock);
  const holders: (string | undefined)[] = [];
  server.onStored = (plural) => plural === terms && void holders.push(server.holder(terms));
  await using first = replica('first', { client: server.client('first'), clock });
  await clock.advance(100);
  first.stop.abort();
  await clock.advance(100);
  // It acquires the lease, and what it then writes of itself is on its way for a minute.
  const slow = (verb: string, plural: string): Fate => ({
    delayMs: plural === terms && verb === 'update' ? 60_000 : 5,
  });
  const dead = new AbortController();
  const client = server.client('slow', (verb, plural) =>
    dead.signal.aborted ? { delayMs: 0, error: failure(0, 'ConnectionFailed') } : slow(verb, plural),
  );
  await using _slow = replica('slow', { client, clock });
  await clock.advance(1000);
  expect(server.holder('leases')).toBe('slow');
  dead.abort();
  await using _third = replica('third', { client: server.client('third'), clock });
  await clock.advance(120_000);
  expect(holders).toEqual(['first', 'third']);
});

test('a leader that somebody else writes over is recorded again', async () => {
  const clock = new ManualClock();
  const server = new ElectionServer(clock);
  await using _first = replica('first', { client: server.client('first'), clock });
  await clock.advance(1000);
  const term = server.objects.get(terms);
  const metadata = { ...term?.metadata, resourceVersion: 'x' };
  server.objects.set(terms, { ...term, spec: { holderIdentity: 'restored' }, metadata });
  await clock.advance(15_000);
  expect(server.holder(terms)).toBe('first');
  server.objects.delete(terms);
  await clock.advance(15_000);
  expect(server.holder(terms)).toBe('first');
});

test.each([
  ['without the CRD', 404, 'NotFound'],
  ['without the right to it', 403, 'Forbidden'],
])('%s a replica leads all the same, and says so once', async (_what, status, reason) => {
  const clock = new ManualClock();
  const server = new ElectionServer(clock);
  let away = false;
  const client = server.client('first', (_verb, plural) =>
    plural === terms
      ? { delayMs: 5, error: failure(status, reason) }
      : { delayMs: 5, ...(away ? { error: failure(0, 'ConnectionFailed') } : {}) },
  );
  const { logger, lines } = recorded();
  let times = 0;
  await using _first = replica('first', { client, clock, logger }, (signal) => {
    times += 1;
    return aborted(signal);
  });
  await clock.advance(5000);
  away = true;
  await clock.advance(20_000);
  away = false;
  await clock.advance(20_000);
  expect(times).toBe(2);
  expect(lines.warn.filter((line) => line.includes('is not recorded'))).toHaveLength(1);
});

test.each([
  [true, 0],
  [false, 1],
])('where there are policies: %p, a leader says %i times that there are none', async (hasPolicies, times) => {
  const clock = new ManualClock();
  const server = new ElectionServer(clock);
  server.hasPolicies = hasPolicies;
  let away = false;
  const error = failure(0, 'ConnectionFailed');
  const client = server.client('first', () => ({ delayMs: 5, ...(away ? { error } : {}) }));
  const { logger, lines } = recorded();
  await using _first = replica('first', { client, clock, logger });
  await clock.advance(30_000);
  away = true;
  await clock.advance(20_000);
  away = false;
  await clock.advance(30_000);
  expect(lines.info.filter((line) => line === 'leading')).toHaveLength(2);
  expect(lines.info.filter((line) => line.startsWith('no admission policy'))).toHaveLength(times);
});

test('a leader waits with its work while who leads cannot be recorded for the moment', async () => {
  const clock = new ManualClock();
  const server = new ElectionServer(clock);
  let busy = true;
  const client = server.client('first', (_verb, plural) => ({
    delayMs: 5,
    ...(busy && plural === terms ? { error: failure(500, 'InternalError') } : {}),
  }));
  let begun = false;
  await using _first = replica('first', { client, clock }, (signal) => {
    begun = true;
    return aborted(signal);
  });
  await clock.advance(30_000);
  expect([server.holder('leases'), begun]).toEqual(['first', false]);
  busy = false;
  await clock.advance(5000);
  expect(begun).toBe(true);
});

test('what was seen of another is not written over before the lease was renewed once more', async () => {
  const clock = new ManualClock();
  const server = new ElectionServer(clock);
  const created = server.client('other').create(termType, { metadata: {}, spec: other }, {});
  await clock.advance(5);
  await created;
  const options = { clock, logger: silentLogger, namespace: 'ns', name: 'operator', retryPeriodMs: 2000 };
  const record = new TermRecord({ ...options, client: server.client('me'), identity: 'me', type: termType });
  let isRenewed = false;
  const stop = new AbortController();
  const kept = record.keep({ renewedSince: () => isRenewed }, undefined, stop.signal);
  await clock.advance(60_000);
  expect([server.holder(terms), record.settled.value]).toEqual(['other', false]);
  isRenewed = true;
  await clock.advance(3000);
  expect([server.holder(terms), record.settled.value]).toEqual(['me', true]);
  stop.abort();
  await clock.advance(0);
  await kept;
});

test('who takes the lead again is recorded anew, so that no older version of the record is good any more', async () => {
  const clock = new ManualClock();
  const server = new ElectionServer(clock);
  let stored = 0;
  server.onStored = (plural) => {
    if (plural === terms) stored += 1;
  };
  let away = false;
  const error = failure(0, 'ConnectionFailed');
  const client = server.client('first', () => ({ delayMs: 5, ...(away ? { error } : {}) }));
  await using _first = replica('first', { client, clock });
  await clock.advance(60_000);
  away = true;
  await clock.advance(20_000);
  away = false;
  await clock.advance(20_000);
  expect(stored).toBe(2);
});

/** Replicas that may be stopped and slow, and what they do that they must not. */
class Election {
  readonly clock = new ManualClock();
  readonly server = new ElectionServer(this.clock);
  readonly wrong: string[] = [];
  begun = 0;
  /** Who has begun its work, as long as nobody else got the lease. */
  #working: string | undefined;

  constructor() {
    this.server.onStored = (plural, sender) => {
      if (plural === 'leases' && sender !== this.#working) this.#working = undefined;
      if (plural === terms && this.#working !== undefined && sender !== this.#working)
        this.wrong.push(`${sender} is recorded while ${this.#working} works`);
    };
  }

  start(identity: string, fate: () => Fate) {
    const clock = new StoppableClock(this.clock);
    const client = this.server.client(identity, fate, clock);
    return replica(identity, { client, clock }, (signal) => this.#work(identity, signal));
  }

  async #work(identity: string, signal: AbortSignal): Promise<void> {
    this.begun += 1;
    if (this.server.holder('leases') === identity) {
      this.#working = identity;
      if (this.server.holder(terms) !== identity) this.wrong.push(`${identity} works unrecorded`);
    }
    await aborted(signal);
  }
}

test.each(Array.from({ length: 12 }, (_, i) => i))(
  'a leader that is stopped before it sends its request %i is not recorded in the place of its successor',
  async (request) => {
    const election = new Election();
    const { clock, server } = election;
    let sent = 0;
    await using _first = election.start('first', () => ({
      delayMs: 5,
      stoppedMs: sent++ === request ? 40_000 : 0,
    }));
    await clock.advance(100);
    await using _second = election.start('second', () => ({ delayMs: 5 }));
    await clock.advance(120_000);
    expect(election.wrong).toEqual([]);
    expect(server.holder(terms)).toBe(server.holder('leases'));
    expect(election.begun).toBeGreaterThan(0);
  },
);

test('whatever is late, lost or stopped: once a leader has begun nobody else is recorded until another holds the lease', async () => {
  const rarely = (max: number, usual: fc.Arbitrary<number>) =>
    fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: fc.integer({ min: 50, max }) });
  const fates = fc.record({
    delayMs: rarely(60_000, fc.integer({ min: 1, max: 50 })),
    stoppedMs: rarely(60_000, fc.constant(0)),
    lost: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  });
  const error = failure(0, 'ConnectionFailed');
  let begun = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fates, { minLength: 1, maxLength: 80 }), async (given) => {
      const election = new Election();
      let calls = 0;
      const fate = (): Fate => {
        const { lost = false, ...rest } = given[calls++ % given.length] ?? { delayMs: 5 };
        return { ...rest, ...(lost ? { error } : {}) };
      };
      const replicas = ['a', 'b', 'c'].map((name) => election.start(name, fate));
      await election.clock.advance(200_000);
      for (const { stop } of replicas) stop.abort();
      await election.clock.advance(120_000);
      expect(election.wrong).toEqual([]);
      begun += election.begun;
    }),
    { numRuns: process.env.RACKWRIGHT_LONG_TESTS === undefined ? 50 : 3000 },
  );
  expect(begun).toBeGreaterThan(50);
}, 600_000);
