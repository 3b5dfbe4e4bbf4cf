import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { settings } from './testing/cache-host.ts';
import { ModelHost } from './testing/model-host.ts';

const runs = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 20_000 : 300;
const serials = ['A', 'B'];
const newDrive = 'C';

/** Two drives with a cache people wrote to, and a third that is not plugged in yet. */
function hostWithData(rebuild: boolean): ModelHost {
  const host = new ModelHost([...serials, newDrive], { ...settings, rebuild });
  plug(host, newDrive, false);
  host.reconcile();
  host.write('data');
  return host;
}

/** A drive of it is gone, and nothing else speaks against giving its data up. */
function lostHost(rebuild: boolean): ModelHost {
  const host = hostWithData(rebuild);
  plug(host, 'A', false);
  plug(host, newDrive, true);
  host.idleMs = 600_000;
  return host;
}

function plug(host: ModelHost, serial: string, present: boolean): void {
  const disk = host.disks.find((one) => one.serial === serial);
  // What a drive holds that the group was made without is for people to clear.
  if (disk !== undefined && !host.gone.includes(serial)) disk.present = present;
}

const event = fc.oneof(
  fc.record({
    kind: fc.constant('plug' as const),
    serial: fc.constantFrom(...serials, newDrive),
    present: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('units' as const), units: fc.constantFrom(0, 0, 0, 1, undefined) }),
  fc.record({ kind: fc.constant('idle' as const), idleMs: fc.constantFrom(0, 599_999, 600_000) }),
  fc.record({
    kind: fc.constant('cut' as const),
    cut: fc.record({
      at: fc.integer({ min: 0, max: 6 }),
      how: fc.constantFrom('before' as const, 'within' as const, 'after' as const),
    }),
  }),
  fc.constant({ kind: 'pass' as const }),
  fc.constant({ kind: 'reboot' as const }),
  fc.constant({ kind: 'maintenance' as const }),
);

type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

function happen(host: ModelHost, what: Event): void {
  switch (what.kind) {
    case 'plug':
      plug(host, what.serial, what.present);
      return;
    case 'units':
      host.allocated = what.units;
      return;
    case 'idle':
      host.idleMs = what.idleMs;
      return;
    case 'cut':
      host.reconcile({}, what.cut);
      return;
    case 'pass':
      host.reconcile();
      return;
    case 'reboot':
      host.reboot();
      return;
    case 'maintenance':
      host.reconcile({ maintenance: true });
  }
}

describe('whatever happens and wherever the agent is cut off', () => {
  const events = fc.array(event, { maxLength: 30 });

  test('no data is given up that is in use, kept, whole, or lost a short while ago', () => {
    fc.assert(
      fc.property(fc.boolean(), events, (rebuild, list) => {
        const host = lostHost(rebuild);
        for (const what of list) happen(host, what);
        expect(host.harm).toEqual([]);
        if (!rebuild) expect(host.written()).toContain('data');
      }),
      { numRuns: runs },
    );
  });

  test('a lost cache with new drives is made anew in the end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 6 }),
        fc.boolean(),
        (cuts, reboots) => {
          const host = hostWithData(true);
          plug(host, 'A', false);
          plug(host, newDrive, true);
          host.idleMs = 600_000;
          for (const at of cuts) {
            host.reconcile({}, { at, how: at % 2 === 0 ? 'after' : 'within' });
            if (reboots) host.reboot();
          }
          host.reconcile();
          host.reconcile();
          expect(host.reconcile()).toMatchObject({ state: 'Ready', volumes: [{ members: ['B', 'C'] }] });
          expect([host.harm, host.written(), host.plan.rebuild]).toEqual([[], [], undefined]);
        },
      ),
      { numRuns: runs },
    );
  });
});

test('it is told one pass before anything is destroyed, and called off when the drive is back by then', () => {
  const host = hostWithData(true);
  plug(host, 'A', false);
  plug(host, newDrive, true);
  host.idleMs = 599_999;
  expect(host.reconcile()).toMatchObject({ state: 'Lost', message: expect.stringContaining('for 600 s') });
  host.idleMs = 600_000;
  expect(host.reconcile()).toMatchObject({
    state: 'Rebuilding',
    message: expect.stringContaining('volume-0'),
  });
  plug(host, 'A', true);
  expect(host.reconcile()).toMatchObject({ state: 'Ready', volumes: [{ members: ['A', 'B'] }] });
  expect([host.written(), host.plan.rebuild, host.harm]).toEqual([['data'], undefined, []]);
});

test.each([
  [
    'a container has a unit',
    (host: ModelHost) => {
      host.allocated = 1;
    },
    /containers have 1/,
  ],
  [
    'nobody knows what containers have',
    (host: ModelHost) => {
      host.allocated = undefined;
    },
    /nobody knows/,
  ],
  [
    'there is no new drive',
    (host: ModelHost) => plug(host, newDrive, false),
    /takes 2 drives, and there are 1/,
  ],
  [
    'the new drive holds something',
    (host: ModelHost) => {
      for (const disk of host.disks) if (disk.serial === newDrive) disk.foreign = true;
    },
    /drive C: gate 6/,
  ],
])('a lost cache is left as it is while %s, and says so', (_, spoil, why) => {
  const host = lostHost(true);
  spoil(host);
  for (const pass of [1, 2, 3])
    expect([pass, host.reconcile()]).toEqual([
      pass,
      expect.objectContaining({ state: 'Lost', message: expect.stringMatching(why) }),
    ]);
  expect([host.written(), host.plan.rebuild]).toEqual([['data'], undefined]);
});
