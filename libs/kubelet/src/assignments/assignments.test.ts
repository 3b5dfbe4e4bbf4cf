import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HeldDevice } from '../pod-resources.ts';
import { deviceOf } from '../profile/device-ids.ts';
import {
  type Assignments,
  assigned,
  markedStale,
  reconciled,
  sameAssignments,
  unconfirmedMs,
} from './assignments.ts';

const cxi = 'hpe.com/cxi';
const none: Assignments = new Map();
const held = (id: string, resource = cxi): HeldDevice => ({
  resource,
  id,
  namespace: 'default',
  pod: 'mpi-0',
  container: 'main',
});
const names = (assignments: Assignments): string[] => [...assignments.keys()].sort();

test('what was allocated is held until the kubelet has had time to list it', () => {
  const first = assigned(none, cxi, ['cxi0'], 0);
  expect(names(reconciled(first, [], unconfirmedMs - 1))).toEqual(['cxi0']);
  expect(names(reconciled(first, [], unconfirmedMs))).toEqual([]);
});

test('what the kubelet listed once is given back as soon as it lists it no more', () => {
  const listed = reconciled(assigned(none, cxi, ['cxi0'], 0), [held('cxi0')], 1000);
  expect(listed.get('cxi0')).toEqual([
    { resource: cxi, id: 'cxi0', confirmed: true, since: 1000, pod: 'default/mpi-0' },
  ]);
  expect(names(reconciled(listed, [], 2000))).toEqual([]);
});

test('an answer the kubelet gave before a hand-out does not undo it', () => {
  const listed = reconciled(none, [held('cxi0')], 0);
  const again = assigned(listed, cxi, ['cxi0'], 500);
  expect(names(reconciled(again, [], 501))).toEqual(['cxi0']);
});

test('a kubelet that restarted and lists nothing yet is not believed at once', () => {
  const listed = reconciled(none, [held('cxi0')], 0);
  const unsure = markedStale(listed, 1000);
  expect(names(reconciled(unsure, [], 2000))).toEqual(['cxi0']);
  expect(names(reconciled(unsure, [], 1000 + unconfirmedMs))).toEqual([]);
});

test('slots of one NIC are separate holds', () => {
  const assignments = reconciled(
    none,
    [held('cxi0::1'), held('cxi0::2'), held('cxi0::1', 'beta.hpe.com/cxi')],
    0,
  );
  expect(assignments.get('cxi0')).toHaveLength(3);
});

test('only who holds what counts as a change', () => {
  const a = assigned(none, cxi, ['cxi0', 'cxi1'], 0);
  expect(sameAssignments(a, reconciled(a, [held('cxi1'), held('cxi0')], 5))).toBe(true);
  expect(sameAssignments(a, assigned(none, cxi, ['cxi0'], 0))).toBe(false);
});

test('whatever happens, a listed NIC is held, and a NIC nobody took or listed is not', () => {
  const id = fc.constantFrom('cxi0', 'cxi1', 'cxi2::0', 'cxi2::1');
  const resource = fc.constantFrom(cxi, 'beta.hpe.com/cxi');
  const step = fc.oneof(
    fc.record({ kind: fc.constant('take' as const), resource, ids: fc.uniqueArray(id) }),
    fc.record({ kind: fc.constant('stale' as const) }),
    fc.record({
      kind: fc.constant('list' as const),
      held: fc.array(fc.tuple(id, resource).map(([one, name]) => held(one, name))),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.nat(2 * unconfirmedMs))), (steps) => {
      let assignments = none;
      let now = 0;
      const ever = new Set<string>();
      for (const [one, later] of steps) {
        now += later;
        if (one.kind === 'take') {
          assignments = assigned(assignments, one.resource, one.ids, now);
          for (const each of one.ids) ever.add(deviceOf(each));
          expect(one.ids.every((each) => assignments.has(deviceOf(each)))).toBe(true);
        } else if (one.kind === 'stale') assignments = markedStale(assignments, now);
        else {
          assignments = reconciled(assignments, one.held, now);
          for (const each of one.held) {
            ever.add(deviceOf(each.id));
            expect(assignments.get(deviceOf(each.id))).toContainEqual(
              expect.objectContaining({ resource: each.resource, id: each.id, confirmed: true }),
            );
          }
        }
        expect([...assignments.keys()].every((name) => ever.has(name))).toBe(true);
      }
    }),
  );
});
