import { expect, test } from '@jest/globals';
import type { PolicyRule, Subject } from '@rackwright/kube';
import fc from 'fast-check';
import type { AccessUse } from './access.ts';
import { allows, formatGrant, type Grant, grantsOf, type RbacSnapshot, unusedGrants } from './grants.ts';

const robot = 'system:serviceaccount:ns:robot';
const subject: Subject = { kind: 'ServiceAccount', namespace: 'ns', name: 'robot' };
const apiGroup = 'rbac.authorization.k8s.io';

/** A cluster where the robot has `clusterRules` everywhere and `rules` in namespace `ns`. */
function cluster(clusterRules: PolicyRule[], rules: PolicyRule[] = []): RbacSnapshot {
  return {
    clusterRoles: [{ metadata: { name: 'wide' }, rules: clusterRules }],
    roles: [
      { metadata: { name: 'narrow', namespace: 'ns' }, rules },
      {
        metadata: { name: 'narrow', namespace: 'other' },
        rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
      },
    ],
    clusterRoleBindings: [
      {
        metadata: { name: 'b' },
        roleRef: { apiGroup, kind: 'ClusterRole', name: 'wide' },
        subjects: [subject],
      },
      {
        metadata: { name: 'c' },
        roleRef: { apiGroup, kind: 'ClusterRole', name: 'gone' },
        subjects: [subject],
      },
    ],
    roleBindings: [
      {
        metadata: { name: 'b', namespace: 'ns' },
        roleRef: { apiGroup, kind: 'Role', name: 'narrow' },
        subjects: [subject],
      },
    ],
  };
}

function lines(grants: readonly Grant[]): string[] {
  return grants.map(formatGrant);
}

test('a rule is one grant per verb, resource and name, and says in which role it stands', () => {
  const rbac = cluster(
    [
      { apiGroups: ['', 'apps'], resources: ['x', 'x/status'], verbs: ['get'] },
      { nonResourceURLs: ['/metrics'], verbs: ['get'] },
    ],
    [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'], verbs: ['get', 'patch'] }],
  );
  expect(lines(grantsOf(robot, rbac))).toEqual([
    'get x (ClusterRole/wide)',
    'get x/status (ClusterRole/wide)',
    'get x.apps (ClusterRole/wide)',
    'get x.apps/status (ClusterRole/wide)',
    'get /metrics (ClusterRole/wide)',
    'get secrets a in ns (Role/ns/narrow)',
    'get secrets b in ns (Role/ns/narrow)',
    'patch secrets a in ns (Role/ns/narrow)',
    'patch secrets b in ns (Role/ns/narrow)',
  ]);
});

test('others have none of it', () => {
  const rbac = cluster([{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
  expect(grantsOf('system:serviceaccount:other:robot', rbac)).toEqual([]);
  expect(grantsOf('robot', rbac)).toEqual([]);
});

test('a user bound by name has the role', () => {
  const rbac = cluster([{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
  const [binding] = rbac.clusterRoleBindings;
  if (binding === undefined) throw new Error('no binding');
  const bound = {
    ...rbac,
    clusterRoleBindings: [{ ...binding, subjects: [{ kind: 'User' as const, name: 'jane' }] }],
  };
  expect(lines(grantsOf('jane', bound))).toEqual(['get pods (ClusterRole/wide)']);
});

test.each<[string, PolicyRule, AccessUse, boolean]>([
  [
    'the same',
    { apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get'] },
    { verb: 'get', group: 'apps', resource: 'daemonsets' },
    true,
  ],
  [
    'another verb',
    { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    { verb: 'list', group: '', resource: 'pods' },
    false,
  ],
  [
    'another group',
    { apiGroups: [''], resources: ['events'], verbs: ['get'] },
    { verb: 'get', group: 'events.k8s.io', resource: 'events' },
    false,
  ],
  [
    'a subresource',
    { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    { verb: 'get', group: '', resource: 'pods', subresource: 'status' },
    false,
  ],
  [
    'a named subresource',
    { apiGroups: [''], resources: ['pods/status'], verbs: ['get'] },
    { verb: 'get', group: '', resource: 'pods', subresource: 'status' },
    true,
  ],
  [
    'a subresource of anything',
    { apiGroups: ['*'], resources: ['*/status'], verbs: ['*'] },
    { verb: 'get', group: 'a', resource: 'b', subresource: 'status' },
    true,
  ],
  [
    'everything',
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { verb: 'get', group: 'a', resource: 'b', subresource: 'c' },
    true,
  ],
  [
    'the named object',
    { apiGroups: [''], resources: ['nodes'], resourceNames: ['a'], verbs: ['get'] },
    { verb: 'get', group: '', resource: 'nodes', name: 'a' },
    true,
  ],
  [
    'another object',
    { apiGroups: [''], resources: ['nodes'], resourceNames: ['a'], verbs: ['get'] },
    { verb: 'get', group: '', resource: 'nodes', name: 'b' },
    false,
  ],
  [
    'any object, where one is named',
    { apiGroups: [''], resources: ['nodes'], resourceNames: ['a'], verbs: ['list'] },
    { verb: 'list', group: '', resource: 'nodes' },
    false,
  ],
  ['a path', { nonResourceURLs: ['/metrics'], verbs: ['get'] }, { verb: 'get', path: '/metrics' }, true],
  [
    'a path below',
    { nonResourceURLs: ['/healthz/*'], verbs: ['get'] },
    { verb: 'get', path: '/healthz/etcd' },
    true,
  ],
  [
    'another path',
    { nonResourceURLs: ['/metrics'], verbs: ['get'] },
    { verb: 'get', path: '/metrics/cadvisor' },
    false,
  ],
])('a grant is used by %s, or not', (_, rule, use, used) => {
  const rbac = cluster([rule]);
  expect(unusedGrants(grantsOf(robot, rbac), [use])).toHaveLength(used ? 0 : 1);
});

test('a grant for one namespace is not used by a request in another, or for all', () => {
  const grants = grantsOf(robot, cluster([], [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]));
  const use = { verb: 'list', group: '', resource: 'pods' };
  expect(unusedGrants(grants, [{ ...use, namespace: 'ns' }])).toEqual([]);
  expect(unusedGrants(grants, [{ ...use, namespace: 'other' }])).toHaveLength(1);
  expect(unusedGrants(grants, [use])).toHaveLength(1);
});

test('more requests never make more grants unused, and each grant is used by exactly what it names', () => {
  const word = fc.constantFrom('a', 'b', 'c');
  const uses = fc.record({ verb: word, group: word, resource: word, name: word });
  const grants = uses.map((use) => ({ ...use, user: robot, role: 'ClusterRole/r' }));
  fc.assert(
    fc.property(fc.array(grants), fc.array(uses), uses, (some, done, next) => {
      const before = unusedGrants(some, done);
      const after = unusedGrants(some, [...done, next]);
      expect(before).toEqual(expect.arrayContaining(after));
      for (const grant of after) expect(allows(grant, next)).toBe(false);
      for (const { user: _, role: __, ...use } of some)
        expect(unusedGrants(some, [use])).not.toContainEqual(expect.objectContaining(use));
    }),
  );
});
