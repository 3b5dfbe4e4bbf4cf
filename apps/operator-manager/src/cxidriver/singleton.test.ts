import { expect, test } from '@jest/globals';
import type { ConfigMap, KubeObject } from '@rackwright/kube';
import fc from 'fast-check';
import { activeDriver, recordedDriver, recordFor } from './singleton.ts';

function driver(name: string, second: number, terminating = false): KubeObject {
  const time = (s: number): string => `2026-01-01T00:00:0${s}Z`;
  return {
    metadata: {
      name,
      creationTimestamp: time(second),
      ...(terminating ? { deletionTimestamp: time(9) } : {}),
    },
  };
}

test('the oldest driver is active', () => expect(activeDriver([driver('a', 2), driver('b', 1)])).toBe('b'));

test('of equally old drivers the first by name is active', () => {
  expect(activeDriver([driver('b', 1), driver('a', 1)])).toBe('a');
});

test('a driver that is being deleted does not count', () => {
  expect(activeDriver([driver('a', 1, true), driver('b', 2)])).toBe('b');
  expect(activeDriver([driver('a', 1, true)])).toBeUndefined();
});

test('every replica picks the same one, in whatever order it sees them', () => {
  const drivers = fc.uniqueArray(
    fc.tuple(fc.stringMatching(/^[a-z]{1,3}$/), fc.nat({ max: 3 }), fc.boolean()),
    {
      selector: ([name]) => name,
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(drivers, (list) => {
      const objects = list.map((entry) => driver(...entry));
      const forwards = activeDriver(objects);
      expect(activeDriver([...objects].reverse())).toBe(forwards);
      expect(forwards === undefined).toBe(list.every(([, , terminating]) => terminating));
    }),
  );
});

const record: ConfigMap = {
  metadata: { name: 'cxidriver-singleton', namespace: 'ns', resourceVersion: '7', labels: { own: 'x' } },
  data: { 'active-driver': 'a', note: 'kept' },
};

test('the record is written only when it changes, at the version it was read', () => {
  expect(recordFor('a', record, 'ns')).toBeUndefined();
  expect(recordFor('b', record, 'ns')).toMatchObject({
    metadata: {
      resourceVersion: '7',
      labels: { own: 'x', 'app.kubernetes.io/managed-by': 'slingshot-operator' },
    },
    data: { 'active-driver': 'b', note: 'kept' },
  });
});

test('a cleared record names nobody', () => {
  const cleared = recordFor(undefined, record, 'ns');
  expect(cleared?.data).toEqual({ note: 'kept' });
  expect(recordedDriver(cleared)).toBeUndefined();
  expect(recordFor(undefined, undefined, 'ns')).toBeUndefined();
});
