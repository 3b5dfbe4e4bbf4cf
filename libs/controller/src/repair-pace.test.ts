import { beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import fc from 'fast-check';
import { withAppliedHash } from './applied-hash.ts';
import type { Action } from './plan.ts';
import { RepairPace } from './repair-pace.ts';

let clock: ManualClock;
let pace: RepairPace;

beforeEach(() => {
  clock = new ManualClock();
  pace = new RepairPace(clock);
});

const why = ['data.k: "theirs" should be "ours"'];

function update(k = 'ours', name = 'a'): Action {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns' }, data: { k } };
  return { verb: 'update', object: withAppliedHash(object), why };
}

/** Carries out what is due; `unapplied` is what the server makes of it. */
function round(action: Action, unapplied?: readonly string[]): 'tried' | 'held' {
  const { due } = pace.split([action]);
  pace.note(due.map((one) => (unapplied === undefined ? { action: one } : { action: one, unapplied })));
  return due.length > 0 ? 'tried' : 'held';
}

describe('an apply that changed nothing', () => {
  test('is told at once, and tried again after ten seconds', async () => {
    const action = update();
    expect(pace.note([{ action, unapplied: why }])).toEqual([
      { action, fields: why, onTheWay: true, dueInMs: 10_000 },
    ]);
    await clock.advance(9999);
    expect(pace.split([action])).toEqual({
      due: [],
      held: [{ action, fields: why, onTheWay: true, dueInMs: 1 }],
    });
    await clock.advance(1);
    expect(pace.split([action])).toEqual({ due: [action], held: [] });
  });

  test('is tried at most every five minutes, and at least that often', async () => {
    let tries = 0;
    for (let second = 0; second < 3600; second += 10) {
      if (round(update(), why) === 'tried') tries += 1;
      await clock.advance(10_000);
    }
    expect(tries).toBeGreaterThanOrEqual(12);
    expect(tries).toBeLessThanOrEqual(18);
  });

  test('is tried at once when something else is wanted', () => {
    round(update(), why);
    expect(round(update())).toBe('held');
    expect(round(update('another'))).toBe('tried');
  });

  test('does not hold up other objects, nor a delete of its own', () => {
    round(update(), why);
    expect(round(update('ours', 'b'))).toBe('tried');
    expect(round({ ...update(), verb: 'delete' })).toBe('tried');
  });
});

test('what somebody undoes again and again is put right at once for two seconds, then more and more seldom', async () => {
  const rounds: string[] = [];
  for (let i = 0; i < 7; i++) {
    rounds.push(round(update()));
    await clock.advance(500);
  }
  expect(rounds).toEqual(['tried', 'tried', 'tried', 'tried', 'tried', 'held', 'held']);
  await clock.advance(20_000);
  expect(round(update())).toBe('tried');
  await clock.advance(30_000);
  expect(round(update())).toBe('held');
});

test('what was put right long ago is put right at once', async () => {
  for (let i = 0; i < 6; i++) {
    round(update());
    await clock.advance(500);
  }
  await clock.advance(601_000);
  pace.note([]);
  expect([round(update()), round(update())]).toEqual(['tried', 'tried']);
});

test('whatever happens, nothing is held for longer than five minutes, and nothing is lost', () => {
  const step = fc.record({ fruitless: fc.boolean(), waitMs: fc.nat(400_000) });
  return fc.assert(
    fc.asyncProperty(fc.array(step), async (steps) => {
      const clock = new ManualClock();
      const pace = new RepairPace(clock);
      for (const { fruitless, waitMs } of steps) {
        const { due, held } = pace.split([update()]);
        expect(due.length + held.length).toBe(1);
        for (const { dueInMs } of held) expect(dueInMs).toBeLessThanOrEqual(300_000);
        pace.note(due.map((action) => (fruitless ? { action, unapplied: why } : { action })));
        await clock.advance(waitMs);
      }
    }),
  );
});
