import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { rackwright } from '@rackwright/keys';
import type { ConfigMap, DaemonSet, KubeObject, RoleBinding, Secret } from '@rackwright/kube';
import fc from 'fast-check';
import { withAppliedHash } from './applied-hash.ts';
import { foregroundDeletionTimeoutMs } from './ending.ts';
import { formatPlan, nextForegroundTimeoutMs, planApply } from './plan.ts';

const ownerLabels = { 'app.kubernetes.io/managed-by': 'tester' };

function configMap(name: string, data: Record<string, string> = {}, labels = ownerLabels): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'ns', labels }, data };
}

/** The object as the API server keeps it after it was applied. */
function applied<T extends KubeObject>(object: T, uid = 'u1'): T {
  const stored = structuredClone(withAppliedHash(object)) as T;
  return { ...stored, metadata: { ...stored.metadata, uid, resourceVersion: '1', generation: 1 } };
}

function daemonSet(selector: Record<string, string>, image = 'a'): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace: 'ns', labels: ownerLabels },
    spec: {
      selector: { matchLabels: selector },
      template: { metadata: { labels: selector }, spec: { containers: [{ name: 'agent', image }] } },
    },
  };
}

test('what is missing is created, with the digest of what is wanted', () => {
  const [action, ...rest] = planApply({ desired: [configMap('a')], live: [] });
  expect(rest).toEqual([]);
  expect(action).toMatchObject({ verb: 'create', why: ['missing'] });
  expect(action?.object.metadata?.annotations?.[rackwright.annotation.appliedHash]).toMatch(/^[0-9a-f]{32}$/);
});

test('what is as wanted needs nothing, even with what others added', () => {
  const live = applied(configMap('a', { k: 'v' }));
  live.data = { ...live.data, theirs: 'x' };
  live.metadata = { ...live.metadata, annotations: { ...live.metadata?.annotations, theirs: 'x' } };
  expect(planApply({ desired: [configMap('a', { k: 'v' })], live: [live], ownerLabels })).toEqual([]);
});

test('drift on a field of ours is repaired, and the plan says which field', () => {
  const live = applied(configMap('a', { k: 'v' }));
  live.data = { k: 'changed' };
  const plan = planApply({ desired: [configMap('a', { k: 'v' })], live: [live], ownerLabels });
  expect(formatPlan(plan)).toBe('update ConfigMap ns/a (data.k: "changed" should be "v")');
});

test('a field we no longer want is an update although nothing else differs', () => {
  const live = applied(configMap('a', { k: 'v', old: 'x' }));
  const [action] = planApply({ desired: [configMap('a', { k: 'v' })], live: [live], ownerLabels });
  expect(action?.verb).toBe('update');
  expect(action?.why).toHaveLength(1);
  expect(action?.why[0]).toContain(rackwright.annotation.appliedHash);
});

test('a label of ours that somebody removed is put back', () => {
  const live = applied(configMap('a'));
  live.metadata = { ...live.metadata, labels: {} };
  expect(planApply({ desired: [configMap('a')], live: [live] })).toMatchObject([{ verb: 'update' }]);
});

test('objects of ours that are not wanted are deleted, others never', () => {
  const ours = applied(configMap('ours'), 'u-ours');
  const older = configMap('made-by-an-older-system');
  const foreign = configMap('foreign', {}, { 'app.kubernetes.io/managed-by': 'helm' });
  const live = [ours, older, foreign];
  expect(formatPlan(planApply({ desired: [], live, ownerLabels }))).toBe(
    'delete ConfigMap ns/ours (not wanted any more)\ndelete ConfigMap ns/made-by-an-older-system (not wanted any more)',
  );
  const [withoutLabels, ...rest] = planApply({ desired: [], live });
  expect(withoutLabels).toMatchObject({ verb: 'delete', uid: 'u-ours' });
  expect(rest).toEqual([]);
});

test('what is being deleted is neither deleted again nor written to', () => {
  const live = applied(configMap('a'));
  live.metadata = { ...live.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
  expect(planApply({ desired: [], live: [live], ownerLabels })).toEqual([]);
  expect(planApply({ desired: [configMap('a', { new: '1' })], live: [live], ownerLabels })).toEqual([]);
});

describe('a workload that is wanted again while it is ending', () => {
  const since = Date.parse('2026-01-01T00:00:00Z');
  const ending = (finalizers: string[], object: KubeObject = daemonSet({ app: 'a' })): KubeObject => {
    const live = applied(object, 'u-old');
    return { ...live, metadata: { ...live.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers } };
  };
  const input = (live: KubeObject, now = since + foregroundDeletionTimeoutMs) => ({
    ...{ desired: [daemonSet({ app: 'a' })], live: [live], ownerLabels, now },
  });

  test('is waited for, and deleted without its pods after a minute, as a pod on a node that is down never ends', () => {
    const live = ending(['foregroundDeletion']);
    const early = input(live, since + foregroundDeletionTimeoutMs - 1);
    expect([planApply(early), nextForegroundTimeoutMs(early, early.now)]).toEqual([[], 1]);
    expect(formatPlan(planApply(input(live)))).toBe(
      'delete without its pods DaemonSet ns/agent (its last pods do not end)',
    );
    expect(planApply(input(live))).toMatchObject([{ verb: 'delete', background: true, uid: 'u-old' }]);
    expect(nextForegroundTimeoutMs(input(live), since + foregroundDeletionTimeoutMs)).toBe(0);
  });

  test.each([
    ['that somebody else holds', ending(['theirs'])],
    ['of which somebody keeps the pods', ending(['orphan'])],
    [
      'that is not ours',
      ending(['foregroundDeletion'], { ...daemonSet({}), metadata: { name: 'agent', namespace: 'ns' } }),
    ],
  ])('is not deleted without its pods: one %s', (_, live) => {
    expect(planApply(input(live))).toEqual([]);
    expect(nextForegroundTimeoutMs(input(live), since)).toBeUndefined();
  });

  test('is left to end by who has no clock', () => {
    const { now: _, ...timeless } = input(ending(['foregroundDeletion']));
    expect(planApply(timeless)).toEqual([]);
  });
});

test('an object an older program of ours made is adopted, a stranger’s namesake is refused', () => {
  const desired = [configMap('a', { k: 'v' })];
  expect(planApply({ desired, live: [configMap('a')], ownerLabels })).toMatchObject([{ adopt: true }]);
  const stranger = configMap('a', {}, { 'app.kubernetes.io/managed-by': 'x' });
  expect(formatPlan(planApply({ desired, live: [stranger], ownerLabels }))).toBe(
    'refuse ConfigMap ns/a (not ours: it is managed by x)',
  );
  expect(planApply({ desired, live: [configMap('a')] })).toMatchObject([{ verb: 'refuse', foreign: true }]);
});

test('a stranger’s namesake is adopted by name, and by no other name, kind or namespace', () => {
  const desired = [configMap('a', { k: 'v' })];
  const stranger = configMap('a', {}, { 'app.kubernetes.io/managed-by': 'x' });
  const [named] = planApply({ desired, live: [stranger], ownerLabels, adopt: desired });
  expect(named).toMatchObject({ verb: 'update', adopt: true });
  for (const adopt of [
    [configMap('b')],
    [{ ...configMap('a'), kind: 'Secret' }],
    [{ ...configMap('a'), metadata: { name: 'a', namespace: 'other' } }],
  ]) {
    expect(planApply({ desired, live: [stranger], ownerLabels, adopt })).toMatchObject([{ verb: 'refuse' }]);
  }
});

test('what cannot be changed of a stranger’s namesake is not made anew, be it adopted', () => {
  const { metadata, ...stranger } = daemonSet({ app: 'x' });
  const live = [{ ...stranger, metadata: { ...metadata, labels: {} } }];
  const desired = [daemonSet({ app: 'y' })];
  expect(formatPlan(planApply({ desired, live, ownerLabels, adopt: desired }))).toMatch(
    /^refuse DaemonSet ns\/agent \(cannot be changed: spec\.selector/,
  );
});

test('a changed selector or role reference means a new object, a changed image does not', () => {
  const live = [applied(daemonSet({ app: 'x' }))];
  const [image] = planApply({ desired: [daemonSet({ app: 'x' }, 'b')], live, ownerLabels });
  expect(image).not.toHaveProperty('recreate');
  for (const selector of [{ app: 'y' }, { app: 'x', tier: '1' }]) {
    expect(planApply({ desired: [daemonSet(selector)], live, ownerLabels })).toMatchObject([
      { recreate: true, uid: 'u1' },
    ]);
  }
  const binding = (name: string): RoleBinding => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'b', namespace: 'ns', labels: ownerLabels },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
  });
  const plan = planApply({ desired: [binding('new')], live: [applied(binding('old'))], ownerLabels });
  expect(formatPlan(plan)).toMatch(/^recreate RoleBinding ns\/b .*roleRef\.name/);
});

test('accounts come before roles, bindings, configuration, services and workloads, and deletes go the other way', () => {
  const kinds = [
    ['apps/v1', 'DaemonSet'],
    ['v1', 'Service'],
    ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
    ['v1', 'ConfigMap'],
    ['v1', 'ServiceAccount'],
    ['example.com/v1', 'Custom'],
    ['rbac.authorization.k8s.io/v1', 'Role'],
  ];
  const objects = kinds.map(([apiVersion = '', kind = '']) => ({
    ...{ apiVersion, kind },
    metadata: { name: 'x', namespace: 'ns', labels: ownerLabels },
  }));
  const order = ['ServiceAccount', 'Role', 'RoleBinding', 'ConfigMap', 'Service', 'Custom', 'DaemonSet'];
  const kindsOf = (plan: ReturnType<typeof planApply>): unknown => plan.map(({ object }) => object.kind);
  expect(kindsOf(planApply({ desired: objects, live: [] }))).toEqual(order);
  expect(kindsOf(planApply({ desired: [], live: objects, ownerLabels }))).toEqual(order.toReversed());
});

test('the same object in another version of its group is the same object', () => {
  const live = { ...applied(configMap('a')), apiVersion: 'v2' };
  expect(planApply({ desired: [configMap('a')], live: [live], ownerLabels })).toEqual([]);
});

test('an object wanted twice is refused', () => {
  expect(() => planApply({ desired: [configMap('a'), configMap('a')], live: [] })).toThrow('wanted twice');
});

test('an object without its owner labels is refused: nobody would ever delete it', () => {
  const bare = configMap('a', {}, {} as typeof ownerLabels);
  expect(() => planApply({ desired: [bare], live: [], ownerLabels })).toThrow(
    'ConfigMap ns/a lacks an owner label',
  );
});

test('a secret written as text is compared as the server keeps it', () => {
  const secret = (password: string): Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'ns' },
    stringData: { password },
  });
  const { stringData: _, ...live } = applied(secret('geheim'));
  const stored = { ...live, data: { password: 'Z2VoZWlt' } };
  expect(planApply({ desired: [secret('geheim')], live: [stored] })).toEqual([]);
  const drifted = { ...live, data: { password: 'eA==' } };
  expect(planApply({ desired: [secret('geheim')], live: [drifted] })).toHaveLength(1);
});

test('the digest depends on every value, and not on the order of fields', () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, field]) => [name, reversed(field)]),
    );
  };
  const digest = (spec: unknown): unknown =>
    withAppliedHash({ apiVersion: 'v1', kind: 'X', spec } as KubeObject).metadata?.annotations;
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const [x, y]: unknown[] = JSON.parse(JSON.stringify([a, b]));
      expect(isDeepStrictEqual(digest(x), digest(y))).toBe(isDeepStrictEqual(x, y));
      expect(digest(reversed(x))).toEqual(digest(x));
    }),
  );
  expect(digest({ a: 0 })).not.toEqual(digest({}));
  expect(digest({ a: [1, 2] })).not.toEqual(digest({ a: [2, 1] }));
  expect(digest({ a: undefined })).toEqual(digest({}));
});

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'));
const data = fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.string({ maxLength: 2 }));
const world = names.chain((chosen) =>
  fc.tuple(...chosen.map((name) => data.map((values) => configMap(name, values)))),
);

test('carrying a plan out leaves nothing to plan, whatever was there before', () => {
  fc.assert(
    fc.property(world, world, (desired, before) => {
      const cluster = new Map(before.map((object) => [object.metadata?.name, applied(object)]));
      for (const { verb, object } of planApply({ desired, live: [...cluster.values()], ownerLabels })) {
        const name = object.metadata?.name;
        if (verb === 'delete') cluster.delete(name);
        else cluster.set(name, applied(object));
      }
      expect(planApply({ desired, live: [...cluster.values()], ownerLabels })).toEqual([]);
      expect([...cluster.keys()].sort()).toEqual(desired.map(({ metadata }) => metadata?.name).sort());
    }),
  );
});

test('the plan does not depend on the order in which objects are given', () => {
  fc.assert(
    fc.property(world, world, (desired, live) => {
      const plan = formatPlan(planApply({ desired, live, ownerLabels }));
      expect(
        formatPlan(planApply({ desired: desired.toReversed(), live: live.toReversed(), ownerLabels })),
      ).toBe(plan);
    }),
  );
});

const owners = fc.constantFrom<Record<string, string>>(
  ownerLabels,
  {},
  { 'app.kubernetes.io/managed-by': 'x' },
);
const mixedWorld = names.chain((chosen) =>
  fc.tuple(
    ...chosen.map((name) =>
      fc.tuple(data, owners, fc.boolean()).map(([values, labels, wasApplied]) => {
        const object = { ...configMap(name, values), metadata: { name, namespace: 'ns', labels } };
        return wasApplied ? applied(object) : object;
      }),
    ),
  ),
);

test('no plan changes or deletes what carries the mark of others, whatever there is', () => {
  fc.assert(
    fc.property(world, mixedWorld, (desired, live) => {
      const byName = new Map<string | undefined, KubeObject>(
        live.map((object) => [object.metadata.name, object]),
      );
      for (const { verb, object } of planApply({ desired, live, ownerLabels })) {
        const labels = byName.get(object.metadata?.name)?.metadata?.labels;
        if (verb === 'update' || verb === 'delete') expect(Object.values(labels ?? {})).not.toContain('x');
        if (verb === 'delete') expect(labels).toEqual(ownerLabels);
      }
    }),
  );
});
