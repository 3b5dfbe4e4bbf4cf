import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CrashPolicy, HandlerRecord, Instant, NicView } from './model.ts';
import { type Action, plan } from './plan.ts';
import { afterAction, afterExit, afterFailedLaunch, afterLaunch } from './transition.ts';

/** What may happen between two turns of the supervisor. */
const event = fc.oneof(
  fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 120_000 }) }),
  fc.record({
    type: fc.constantFrom('plug', 'unplug', 'register', 'crash', 'exit', 'grab', 'release', 'node'),
    nic: fc.nat(3),
  }),
  fc.record({ type: fc.constant('refuse' as const), nic: fc.nat(3), refuse: fc.boolean() }),
);
type Event = { type: string; nic?: number; ms?: number; refuse?: boolean };

interface Nic {
  present: boolean;
  node: boolean;
  refuses: boolean;
  /** Whose handler is registered. */
  holder: 'nobody' | 'us' | 'other';
  /** Our process, if it lives. */
  alive: boolean;
}

/** A node with two physical and two virtual functions, and a supervisor without real processes. */
class World {
  readonly nics: Nic[] = Array.from({ length: 4 }, () => ({
    present: true,
    node: true,
    refuses: false,
    holder: 'nobody',
    alive: false,
  }));
  readonly records = new Map<string, HandlerRecord>();
  readonly started: string[] = [];
  now: Instant = { mono: 0, wall: 0 };
  readonly policy: CrashPolicy;

  constructor(policy: CrashPolicy) {
    this.policy = policy;
  }

  devices(): NicView[] {
    return this.nics.flatMap((nic, i) =>
      nic.present
        ? [
            {
              name: `cxi${i}`,
              kind: i < 2 ? 'pf' : 'vf',
              retryHandlerEq: { nobody: 0, us: 5, other: 6 }[nic.holder],
              devNode: { path: `/dev/cxi${i}`, present: nic.node },
            } as const,
          ]
        : [],
    );
  }

  happen(event: Event): void {
    const nic = this.nics[event.nic ?? 0];
    if (nic === undefined) return;
    if (event.type === 'pass')
      this.now = { mono: this.now.mono + (event.ms ?? 0), wall: this.now.wall + (event.ms ?? 0) };
    if (event.type === 'plug') nic.present = true;
    if (event.type === 'unplug') Object.assign(nic, { present: false, holder: 'nobody' });
    if (event.type === 'node') nic.node = !nic.node;
    if (event.type === 'refuse') nic.refuses = event.refuse ?? false;
    if (event.type === 'grab' && nic.present && nic.holder === 'nobody') nic.holder = 'other';
    if (event.type === 'release' && nic.holder === 'other') nic.holder = 'nobody';
    if (event.type === 'register' && nic.alive && nic.present && nic.holder === 'nobody') nic.holder = 'us';
    if (event.type === 'crash' || event.type === 'exit') this.#end(event.nic ?? 0, event.type === 'crash');
  }

  #end(index: number, crash: boolean): void {
    const nic = this.nics[index];
    const record = this.records.get(`cxi${index}`);
    if (nic?.alive !== true || record === undefined) return;
    nic.alive = false;
    if (nic.holder === 'us') nic.holder = 'nobody';
    const exit = crash ? { code: null, signal: 'SIGSEGV', atWall: 0 } : { code: 0, signal: null, atWall: 0 };
    this.records.set(record.device, afterExit(record, exit, 'test', this.now));
  }

  plan(): Action[] {
    return plan({
      devices: this.devices(),
      records: [...this.records.values()],
      policy: this.policy,
      now: this.now.mono,
    });
  }

  /** Carries out one plan as the supervisor does. */
  act(actions: readonly Action[]): void {
    for (const action of actions) {
      const after = afterAction(this.records.get(action.device), action, this.now);
      if (after === undefined) this.records.delete(action.device);
      else this.records.set(action.device, after);
      if (action.type === 'start' && after !== undefined) this.#start(after);
      if (action.type === 'stop') this.#end(Number(action.device.slice(3)), false);
    }
  }

  #start(record: HandlerRecord): void {
    const index = Number(record.device.slice(3));
    const nic = this.nics[index];
    if (nic === undefined) return;
    if (nic.refuses) {
      this.records.set(record.device, afterFailedLaunch(record, 'test', this.now));
      return;
    }
    // The promises the planner gives, checked at the moment of every start.
    expect(index).toBeLessThan(2);
    expect(nic).toMatchObject({ present: true, node: true, holder: 'nobody', alive: false });
    nic.alive = true;
    this.started.push(record.device);
    this.records.set(record.device, afterLaunch(record, { pid: this.started.length }, this.now));
  }
}

const policies = fc.constantFrom<CrashPolicy>(
  { onCrash: 'markUnhealthy', maxRestarts: 10 },
  { onCrash: 'restart', maxRestarts: 2 },
  { onCrash: 'restart', maxRestarts: 0 },
);

test('never two handlers on a NIC, never one on a virtual function, and every turn comes to rest', () => {
  fc.assert(
    fc.property(policies, fc.array(event, { maxLength: 60 }), (policy, events) => {
      const world = new World(policy);
      for (const happening of events) {
        world.happen(happening);
        let actions = world.plan();
        for (let turn = 0; actions.length > 0; turn++) {
          expect(turn).toBeLessThan(8);
          expect(new Set(actions.map((action) => action.device)).size).toBe(actions.length);
          world.act(actions);
          actions = world.plan();
        }
        expect([...world.records.keys()].every((name) => name === 'cxi0' || name === 'cxi1')).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

test('with markUnhealthy a handler that died after registering is never followed by another of ours', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const world = new World({ onCrash: 'markUnhealthy', maxRestarts: 10 });
      for (const happening of [
        { type: 'register', nic: 0 },
        { type: 'crash', nic: 0 },
        ...events,
      ] as Event[]) {
        if (happening.type === 'unplug') continue;
        for (let actions = world.plan(); actions.length > 0; actions = world.plan()) world.act(actions);
        world.happen(happening);
      }
      world.happen({ type: 'pass', ms: 5000 });
      for (let actions = world.plan(); actions.length > 0; actions = world.plan()) world.act(actions);
      expect(world.started.filter((device) => device === 'cxi0')).toHaveLength(1);
      expect(world.records.get('cxi0')?.rebootRequired).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('a NIC that stays, with nobody else interested and a program that works, is served in the end', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const world = new World({ onCrash: 'restart', maxRestarts: 0 });
      for (const happening of events) {
        world.happen(happening);
        world.act(world.plan());
      }
      for (const nic of world.nics) {
        Object.assign(nic, { present: true, node: true, refuses: false });
        if (nic.holder === 'other') nic.holder = 'nobody';
      }
      for (let i = 0; i < 6; i++) {
        world.happen({ type: 'pass', ms: 61_000 });
        for (let turn = 0; turn < 8; turn++) world.act(world.plan());
        for (const nic of [0, 1]) world.happen({ type: 'register', nic });
      }
      expect(world.nics.slice(0, 2).every((nic) => nic.alive && nic.holder === 'us')).toBe(true);
      expect([...world.records.values()].map((record) => record.phase.kind)).toEqual(['running', 'running']);
    }),
    { numRuns: 500 },
  );
});
