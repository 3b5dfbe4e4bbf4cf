import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { settings } from './testing/cache-host.ts';
import { type Cut, ModelHost } from './testing/model-host.ts';

const cuts: readonly Cut[] = ['before', 'within', 'after'];
const cut = fc.record({ at: fc.nat(20), how: fc.constantFrom(...cuts) });

/** What may happen to a node. */
const event = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('cut' as const), cut }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const) }) },
  fc.record({ kind: fc.constant('reboot' as const) }),
  fc.record({ kind: fc.constant('pull' as const), disk: fc.nat(7) }),
  fc.record({ kind: fc.constant('return' as const) }),
  fc.record({ kind: fc.constant('maintenance' as const) }),
);
type HostEvent = typeof event extends fc.Arbitrary<infer T> ? T : never;

/** Histories that are tried. */
const runs = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 20_000 : 300;

let written = 0;

/** Lets something happen, and people write whenever they can; returns what they wrote. */
function happen(host: ModelHost, what: HostEvent): string[] {
  switch (what.kind) {
    case 'cut':
      host.reconcile({}, what.cut);
      break;
    case 'pass':
      host.reconcile();
      break;
    case 'reboot':
      host.reboot();
      break;
    case 'pull': {
      const disk = host.disks[what.disk % host.disks.length];
      if (disk !== undefined) disk.present = false;
      break;
    }
    case 'return':
      for (const disk of host.disks) disk.present = true;
      break;
    case 'maintenance':
      host.reconcile({ maintenance: true });
  }
  const text = `${written++}`;
  return host.write(text) ? [text] : [];
}

const layouts = fc.constantFrom('Striped' as const, 'PerDevice' as const);

describe('whatever happens and wherever the agent is cut off', () => {
  test('nothing is lost, no disk of others is written, and in the end the cache is mounted', () => {
    const histories = fc.record({
      layout: layouts,
      drives: fc.integer({ min: 1, max: 4 }),
      events: fc.array(event, { maxLength: 30 }),
    });
    fc.assert(
      fc.property(histories, ({ layout, drives, events }) => {
        const serials = Array.from({ length: drives }, (_, i) => `S${i}`);
        const host = new ModelHost(serials, { ...settings, layout });
        const kept = events.flatMap((what) => happen(host, what));
        happen(host, { kind: 'return' });
        host.reboot();
        const end = host.reconcile();
        expect(host.harm).toEqual([]);
        expect(host.written()).toEqual(expect.arrayContaining(kept));
        expect(end).toMatchObject({ state: 'Ready' });
        const changes = host.changes.length;
        host.restart();
        expect(host.reconcile()).toEqual(end);
        expect(host.changes.length).toBe(changes);
      }),
      { numRuns: runs },
    );
  });

  test('drives that hold data of others stay as they are', () => {
    const hosts = fc.record({
      layout: layouts,
      foreign: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
      events: fc.array(event, { maxLength: 15 }),
    });
    fc.assert(
      fc.property(hosts, ({ layout, foreign, events }) => {
        fc.pre(foreign.includes(true));
        const host = new ModelHost(
          foreign.map((_, i) => `S${i}`),
          { ...settings, layout },
        );
        for (const [i, disk] of host.disks.entries()) disk.foreign = foreign[i] ?? false;
        for (const what of events) happen(host, what.kind === 'pull' ? { kind: 'reboot' } : what);
        expect(host.reconcile()).toMatchObject({ state: 'Blocked' });
        expect(host.harm).toEqual([]);
        const touched = host.disks.filter(({ pvUuid }) => pvUuid !== undefined);
        const mayBe = layout === 'Striped' ? [] : host.disks.filter((disk) => !disk.foreign);
        expect(touched).toEqual(mayBe);
      }),
      { numRuns: runs },
    );
  });
});
