import { expect, test } from '@jest/globals';
import { aborted, type Clock, ManualClock, silentLogger } from '@rackwright/core';
import { fixedConnection, isLeadershipLost, KubeClient, KubeError, type Lease } from '@rackwright/kube';
import fc from 'fast-check';
import { LeaderElector, type LeaderElectorOptions } from './leader-elector.ts';

type LeaseClient = LeaderElectorOptions['client'];

/** The one lease of a server, guarded by its resource version; calls take a moment, and fail when told to. */
class LeaseServer {
  lease: Lease | undefined;
  readonly #clock: ManualClock;
  #version = 0;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** A client of one replica; `fails` tells whether its next call gets through. */
  client(fails: () => 'no' | 'before' | 'after' | 'hangs' = () => 'no'): LeaseClient {
    const call = async <T>(work: () => T, options?: { timeoutMs?: number }): Promise<T> => {
      const fate = fails();
      await this.#clock.sleep(fate === 'hangs' ? (options?.timeoutMs ?? 30_000) : 5);
      const result = fate === 'before' || fate === 'hangs' ? undefined : work();
      if (fate !== 'no') throw new KubeError('Unavailable', 'cut', { status: 0, reason: 'ConnectionFailed' });
      return result as T;
    };
    return {
      get: (_type: unknown, _key: unknown, options?: object) => call(() => this.#read(), options),
      create: (_type: unknown, lease: Lease, options?: object) => call(() => this.#create(lease), options),
      update: (_type: unknown, lease: Lease, options?: object) => call(() => this.#update(lease), options),
    } as unknown as LeaseClient;
  }

  #read(): Lease {
    if (this.lease === undefined)
      throw new KubeError('NotFound', 'none', { status: 404, reason: 'NotFound' });
    return structuredClone(this.lease);
  }

  #create(lease: Lease): Lease {
    if (this.lease !== undefined)
      throw new KubeError('AlreadyExists', 'there', { status: 409, reason: 'AlreadyExists' });
    return this.#store(lease);
  }

  #update(lease: Lease): Lease {
    if (lease.metadata?.resourceVersion !== this.lease?.metadata?.resourceVersion) {
      throw new KubeError('Conflict', 'changed', { status: 409, reason: 'Conflict' });
    }
    return this.#store(lease);
  }

  #store(lease: Lease): Lease {
    this.#version += 1;
    this.lease = structuredClone({
      ...lease,
      metadata: { ...lease.metadata, resourceVersion: `${this.#version}` },
    });
    return structuredClone(this.lease);
  }
}

/** A clock that runs with `base` but tells another time of day. */
function skewed(base: ManualClock, skewMs: number): Clock {
  return {
    now: () => base.now() + skewMs,
    monotonic: () => base.monotonic() + 123_456,
    sleep: (ms, signal) => base.sleep(ms, signal),
    timer: (ms, fn) => base.timer(ms, fn),
  };
}

/** A clock of a machine that can lose time: its timers do not notice, its scales do. */
class LosingClock implements Clock {
  readonly #base: ManualClock;
  wallMs = 0;
  monotonicMs = 0;

  constructor(base: ManualClock) {
    this.#base = base;
  }

  now(): number {
    return this.#base.now() + this.wallMs;
  }

  monotonic(): number {
    return this.#base.monotonic() + this.monotonicMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#base.sleep(ms, signal);
  }

  timer(ms: number, fn: () => void): Disposable {
    return this.#base.timer(ms, fn);
  }
}

interface Replica extends AsyncDisposable {
  readonly elector: LeaderElector;
  readonly stop: AbortController;
  readonly running: Promise<void>;
}

function replica(
  identity: string,
  clock: Clock,
  client: LeaseClient,
  lead: (signal: AbortSignal) => Promise<void> = aborted,
): Replica {
  const elector = new LeaderElector({
    ...{ client, clock, identity, logger: silentLogger, namespace: 'ns', name: 'operator' },
    random: () => 0.5,
  });
  const stop = new AbortController();
  const running = elector.run(stop.signal, lead);
  return { elector, stop, running, [Symbol.asyncDispose]: () => Promise.resolve(stop.abort()) };
}

test('the first replica leads, the second waits, and takes over at once when the first stops', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const server = new LeaseServer(clock);
  await using first = replica('first', clock, server.client());
  await clock.advance(100);
  await using second = replica('second', clock, server.client());
  await clock.advance(60_000);
  expect([first.elector.leading.value, second.elector.leading.value]).toEqual([true, false]);
  expect(server.lease?.spec).toMatchObject({
    holderIdentity: 'first',
    leaseDurationSeconds: 15,
    leaseTransitions: 0,
  });
  expect(server.lease?.spec?.renewTime).toMatch(/^2026-01-01T00:0\d:\d\d\.\d{6}Z$/);
  first.stop.abort();
  await clock.advance(50);
  await first.running;
  expect(server.lease?.spec?.holderIdentity).toBe('');
  await clock.advance(4000);
  expect(second.elector.leading.value).toBe(true);
  expect(server.lease?.spec?.leaseTransitions).toBe(1);
});

test('a leader that dies is replaced after the lease duration, whatever the clocks of the machines say', async () => {
  for (const skew of [-86_400_000, 0, 86_400_000]) {
    const clock = new ManualClock();
    const server = new LeaseServer(clock);
    let dead = false;
    await using _first = replica(
      'first',
      clock,
      server.client(() => (dead ? 'before' : 'no')),
    );
    await clock.advance(100);
    await using second = replica('second', skewed(clock, skew), server.client());
    await clock.advance(60_000);
    expect(second.elector.leading.value).toBe(false);
    dead = true;
    await clock.advance(12_000);
    expect(second.elector.leading.value).toBe(false);
    await clock.advance(8000);
    expect(second.elector.leading.value).toBe(true);
  }
});

test('a leader whose renewals fail, or hang, is told to stop before anyone can take over', async () => {
  for (const fate of ['before', 'hangs'] as const) {
    const clock = new ManualClock();
    const server = new LeaseServer(clock);
    let bad = false;
    let toldAt = 0;
    await using first = replica(
      'first',
      clock,
      server.client(() => (bad ? fate : 'no')),
      async (signal) => {
        await aborted(signal);
        toldAt = clock.monotonic();
      },
    );
    await clock.advance(20_000);
    bad = true;
    const since = clock.monotonic();
    await clock.advance(20_000);
    expect(toldAt - since).toBeLessThanOrEqual(10_000);
    expect(toldAt - since).toBeGreaterThan(7000);
    expect(first.elector.leading.value).toBe(false);
    bad = false;
    await clock.advance(20_000);
    expect(first.elector.leading.value).toBe(true);
  }
});

test('a new leader renews its lease, but does not begin while the API server takes another for the leader', async () => {
  const clock = new ManualClock();
  const server = new LeaseServer(clock);
  const lease = server.client();
  let taken = false;
  const create: typeof lease.create = (type, object, options) => {
    if (options?.dryRun !== true || taken) return lease.create(type, object, options);
    return Promise.reject(new KubeError('InvalidArgument', 'no', { status: 422, reason: 'Invalid' }));
  };
  let begun = false;
  await using _first = replica('first', clock, { ...lease, create }, async (signal) => {
    begun = true;
    await aborted(signal);
  });
  await clock.advance(60_000);
  expect(begun).toBe(false);
  expect(server.lease?.spec?.renewTime).toMatch(/00:00:5\d/);
  taken = true;
  await clock.advance(2100);
  expect(begun).toBe(true);
});

test('a short disturbance costs nobody the lead', async () => {
  const clock = new ManualClock();
  const server = new LeaseServer(clock);
  let bad = false;
  await using first = replica(
    'first',
    clock,
    server.client(() => (bad ? 'before' : 'no')),
  );
  await clock.advance(20_000);
  const changes: boolean[] = [];
  first.elector.leading.subscribe((value) => changes.push(value));
  bad = true;
  await clock.advance(5000);
  bad = false;
  await clock.advance(60_000);
  expect(changes).toEqual([]);
});

test('a replica that waits for its next try takes it as soon as the API server is back', async () => {
  const clock = new ManualClock();
  const server = new LeaseServer(clock);
  await using api = new KubeClient({
    connection: fixedConnection({ server: 'http://127.0.0.1:1' }),
    ...{ clock, userAgent: 'test' },
  });
  let isAway = true;
  const lease = server.client(() => (isAway ? 'before' : 'no'));
  const { reachability } = api;
  await using first = replica('first', clock, { ...lease, reachability });
  reachability.lost(0);
  await clock.advance(3100);
  isAway = false;
  reachability.answered(200, clock.monotonic());
  await clock.advance(600);
  expect(first.elector.leading.value).toBe(true);
});

test('a leader that finds another in its place stops at once', async () => {
  const clock = new ManualClock();
  const server = new LeaseServer(clock);
  await using first = replica('first', clock, server.client());
  await clock.advance(100);
  const spec = { ...server.lease?.spec, holderIdentity: 'usurper' };
  server.lease = { ...server.lease, spec, metadata: { ...server.lease?.metadata, resourceVersion: 'x' } };
  await clock.advance(4100);
  expect(first.elector.leading.value).toBe(false);
});

test.each([
  ['was stopped (SIGSTOP)', 21_000, 21_000],
  ['was suspended with its virtual machine', 0, 21_000],
  ['was stopped while its wall clock was set back', 21_000, -3_600_000],
])(
  'a leader that %s writes nothing when it wakes, before any timer fires',
  async (_what, monotonic, wall) => {
    const base = new ManualClock();
    const clock = new LosingClock(base);
    const server = new LeaseServer(base);
    let told: unknown;
    await using first = replica('first', clock, server.client(), async (signal) => {
      await aborted(signal);
      told = signal.reason;
    });
    await base.advance(20_000);
    const { fence, leading } = first.elector;
    expect(() => fence.check()).not.toThrow();
    clock.monotonicMs += monotonic;
    clock.wallMs += wall;
    expect(() => fence.check()).toThrow(expect.objectContaining({ reason: 'LeadershipLost' }));
    expect(leading.value).toBe(false);
    expect(fence.signal.aborted).toBe(true);
    await base.advance(0);
    expect(isLeadershipLost(told)).toBe(true);
    await base.advance(10_000);
    expect(leading.value).toBe(true);
    expect(() => fence.check()).not.toThrow();
  },
);

test('a woken leader does not renew a lease it may have lost, but competes anew', async () => {
  const base = new ManualClock();
  const clock = new LosingClock(base);
  const server = new LeaseServer(base);
  await using first = replica('first', clock, server.client());
  await base.advance(20_000);
  const { renewTime } = server.lease?.spec ?? {};
  const changes: boolean[] = [];
  first.elector.leading.subscribe((value) => changes.push(value));
  clock.monotonicMs += 21_000;
  await base.advance(2000);
  expect(changes).toEqual([false]);
  expect(server.lease?.spec?.renewTime).toBe(renewTime);
});

test('nothing passes the fence before the first term, after a loss and after the release', async () => {
  const clock = new ManualClock();
  const server = new LeaseServer(clock);
  let bad = true;
  await using first = replica(
    'first',
    clock,
    server.client(() => (bad ? 'before' : 'no')),
  );
  const { fence } = first.elector;
  const passes = (): boolean => {
    try {
      fence.check();
      return !fence.signal.aborted;
    } catch {
      return false;
    }
  };
  await clock.advance(10_000);
  expect(passes()).toBe(false);
  bad = false;
  await clock.advance(10_000);
  expect(passes()).toBe(true);
  bad = true;
  await clock.advance(10_000);
  expect(passes()).toBe(false);
  bad = false;
  await clock.advance(10_000);
  expect(passes()).toBe(true);
  first.stop.abort();
  await clock.advance(100);
  await first.running;
  expect(passes()).toBe(false);
});

test('while the work winds down after a stop its last writes pass', async () => {
  const clock = new ManualClock();
  const server = new LeaseServer(clock);
  let passed = false;
  await using first = replica('first', clock, server.client(), async (signal) => {
    await aborted(signal);
    await clock.sleep(1000);
    first.elector.fence.check();
    passed = true;
  });
  await clock.advance(100);
  first.stop.abort();
  await clock.advance(2000);
  await first.running;
  expect(passed).toBe(true);
});

test('the lease is kept while the work winds down, and given up only then', async () => {
  const clock = new ManualClock();
  const server = new LeaseServer(clock);
  await using first = replica('first', clock, server.client(), async (signal) => {
    await aborted(signal);
    await clock.sleep(60_000);
  });
  await using second = replica('second', clock, server.client());
  await clock.advance(100);
  first.stop.abort();
  await clock.advance(59_000);
  expect(server.lease?.spec?.holderIdentity).toBe('first');
  expect(second.elector.leading.value).toBe(false);
  await clock.advance(5000);
  expect(second.elector.leading.value).toBe(true);
});

test('work that fails ends the campaign with its error and frees the lease', async () => {
  const clock = new ManualClock();
  const server = new LeaseServer(clock);
  const first = replica('first', clock, server.client(), () => Promise.reject(new Error('broken')));
  const ended = expect(first.running).rejects.toThrow('broken');
  await clock.advance(1000);
  await ended;
  expect(server.lease?.spec?.holderIdentity).toBe('');
  expect(clock.waiting).toBe(0);
});

test('a replica that restarts with the same identity goes on leading without a wait', async () => {
  const clock = new ManualClock();
  const server = new LeaseServer(clock);
  const client = server.client();
  let dead = false;
  await using _first = replica(
    'same',
    clock,
    server.client(() => (dead ? 'before' : 'no')),
  );
  await clock.advance(5000);
  dead = true;
  await using again = replica('same', clock, client);
  await clock.advance(100);
  expect(again.elector.leading.value).toBe(true);
  expect(server.lease?.spec?.leaseTransitions).toBe(0);
});

test('durations that make no sense are refused', () => {
  const clock = new ManualClock();
  const make = (renewDeadlineMs: number, retryPeriodMs: number): LeaderElector =>
    new LeaderElector({
      ...{ client: new LeaseServer(clock).client(), clock, logger: silentLogger },
      ...{
        namespace: 'ns',
        name: 'n',
        identity: 'i',
        leaseDurationMs: 15_000,
        renewDeadlineMs,
        retryPeriodMs,
      },
    });
  expect(() => make(15_000, 2000)).toThrow('must decrease');
  expect(() => make(10_000, 10_000)).toThrow('must decrease');
  expect(() => make(10_000, 0)).toThrow('must decrease');
});

const fate = fc.constantFrom('no', 'no', 'no', 'before', 'after', 'hangs') as fc.Arbitrary<
  'no' | 'before' | 'after' | 'hangs'
>;

test('whatever calls fail and whatever the clocks say, never do two replicas lead at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ who: fc.nat(2), fates: fc.array(fate, { maxLength: 8 }), restart: fc.boolean() }),
        { maxLength: 12 },
      ),
      fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 3, maxLength: 3 }),
      async (events, skews) => {
        const clock = new ManualClock();
        const server = new LeaseServer(clock);
        const leading = new Set<number>();
        const pending: ('no' | 'before' | 'after' | 'hangs')[][] = [[], [], []];
        const start = (i: number): Replica =>
          replica(
            `r${i}`,
            skewed(clock, skews[i] ?? 0),
            server.client(() => pending[i]?.shift() ?? 'no'),
            async (signal) => {
              leading.add(i);
              expect([...leading]).toHaveLength(1);
              await aborted(signal);
              leading.delete(i);
            },
          );
        const replicas = [start(0), start(1), start(2)];
        for (const { who, fates, restart } of events) {
          pending[who]?.push(...fates);
          if (restart) {
            replicas[who]?.stop.abort();
            await clock.advance(40_000);
            await replicas[who]?.running;
            replicas[who] = start(who);
          }
          await clock.advance(7000);
        }
        await clock.advance(60_000);
        expect(leading.size).toBe(1);
        for (const { stop } of replicas) stop.abort();
        await clock.advance(60_000);
        await Promise.all(replicas.map(({ running }) => running));
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);

/** The clock of a process that can be stopped: what falls due meanwhile happens when it goes on. */
class StoppableClock implements Clock {
  readonly #base: ManualClock;
  readonly #late: (() => void)[] = [];
  stopped = false;

  constructor(base: ManualClock) {
    this.#base = base;
  }

  now(): number {
    return this.#base.now();
  }

  monotonic(): number {
    return this.#base.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = this.timer(ms, resolve);
    signal?.addEventListener('abort', () => {
      timer[Symbol.dispose]();
      reject(signal.reason);
    });
    return promise;
  }

  timer(ms: number, fn: () => void): Disposable {
    return this.#base.timer(ms, () => this.run(fn));
  }

  /** Runs `fn` in the process: at once, or when it goes on. */
  run(fn: () => void): void {
    if (this.stopped) this.#late.push(fn);
    else fn();
  }

  continue(): void {
    this.stopped = false;
    for (const fn of this.#late.splice(0)) fn();
  }

  /** A client of the process: answers that arrive while it is stopped are read when it goes on. */
  client(client: LeaseClient): LeaseClient {
    const held =
      (work: (...args: never[]) => Promise<unknown>) =>
      async (...args: never[]) => {
        const answer = await work(...args).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
        await new Promise<void>((resolve) => this.run(resolve));
        if ('error' in answer) throw answer.error;
        return answer.value;
      };
    const { get, create, update } = client as unknown as Record<string, (...args: never[]) => Promise<never>>;
    const none = (): Promise<never> => Promise.reject(new Error('not there'));
    return {
      get: held(get ?? none),
      create: held(create ?? none),
      update: held(update ?? none),
    } as unknown as LeaseClient;
  }
}

test('however processes are stopped and continued, never may two of them write at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          who: fc.nat(2),
          what: fc.constantFrom('stop', 'continue', 'neither'),
          passMs: fc.integer({ min: 1, max: 21_000 }),
          fates: fc.array(fate, { maxLength: 3 }),
        }),
        { maxLength: 20 },
      ),
      async (events) => {
        const base = new ManualClock();
        const server = new LeaseServer(base);
        const clocks = [0, 1, 2].map(() => new StoppableClock(base));
        const pending: ('no' | 'before' | 'after' | 'hangs')[][] = [[], [], []];
        const replicas = clocks.map((clock, i) =>
          replica(`r${i}`, clock, clock.client(server.client(() => pending[i]?.shift() ?? 'no'))),
        );
        const writers = (): number[] =>
          replicas.flatMap(({ elector }, i) => {
            if (clocks[i]?.stopped) return [];
            try {
              elector.fence.check();
              return [i];
            } catch {
              return [];
            }
          });
        for (const { who, what, passMs, fates } of events) {
          pending[who]?.push(...fates);
          const clock = clocks[who];
          if (clock !== undefined && what === 'stop') clock.stopped = true;
          if (clock !== undefined && what === 'continue') {
            // Before anything that was late: the first thing a woken process does may be a write.
            clock.stopped = false;
            expect(writers().length).toBeLessThanOrEqual(1);
            clock.continue();
          }
          for (let passed = 0; passed < passMs; passed += 500) {
            await base.advance(Math.min(500, passMs - passed));
            expect(writers().length).toBeLessThanOrEqual(1);
          }
        }
        for (const clock of clocks) clock.continue();
        await base.advance(60_000);
        expect(writers()).toHaveLength(1);
        for (const { stop } of replicas) stop.abort();
        await base.advance(60_000);
        await Promise.all(replicas.map(({ running }) => running));
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);
