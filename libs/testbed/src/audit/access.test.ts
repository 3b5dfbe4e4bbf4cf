import { expect, test } from '@jest/globals';
import { accessUses, formatTarget, usedVerbs } from './access.ts';
import type { AuditEvent } from './audit-event.ts';

const rbac = 'rbac.authorization.k8s.io';

function event(fields: Partial<AuditEvent>): AuditEvent {
  return { id: 'id', user: 'robot', verb: 'get', path: '/', authorized: true, ...fields };
}

test('a request uses its own verb on its object', () => {
  const fields = {
    verb: 'patch',
    group: 'apps',
    resource: 'daemonsets',
    subresource: 'status',
    namespace: 'ns',
    name: 'd',
  };
  expect(accessUses(event({ ...fields, code: 200 }))).toEqual([fields]);
});

test('a request that was not authorized used nothing', () => {
  expect(accessUses(event({ group: '', resource: 'pods', authorized: false }))).toEqual([]);
});

test.each(['patch', 'update'])('a %s that created the object needed create too', (verb) => {
  const uses = accessUses(
    event({ verb, group: '', resource: 'configmaps', name: 'c', namespace: 'ns', code: 201 }),
  );
  expect(uses.map((use) => use.verb)).toEqual([verb, 'create']);
});

test.each([
  ['ClusterRole', 'clusterroles'],
  ['Role', 'roles'],
] as const)('writing a binding to a %s uses bind on it', (kind, resource) => {
  const uses = accessUses(
    event({
      verb: 'create',
      group: rbac,
      resource: 'rolebindings',
      namespace: 'ns',
      name: 'b',
      roleRef: { kind, name: 'agent' },
    }),
  );
  expect(uses[1]).toEqual({ verb: 'bind', group: rbac, resource, name: 'agent', namespace: 'ns' });
});

test('reading a binding binds nothing, and writing a role uses escalate on it', () => {
  const read = event({ group: rbac, resource: 'clusterroles', name: 'r' });
  expect(accessUses(read)).toHaveLength(1);
  const write = event({ verb: 'patch', group: rbac, resource: 'clusterroles', name: 'r', code: 200 });
  expect(accessUses(write)[1]).toEqual({
    verb: 'escalate',
    group: rbac,
    resource: 'clusterroles',
    name: 'r',
  });
});

test('a path outside the resources is used as such', () => {
  expect(accessUses(event({ path: '/version' }))).toEqual([{ verb: 'get', path: '/version' }]);
});

test('what was used is summed up per kind of resource, as kubectl writes it', () => {
  const uses = [
    { verb: 'watch', group: '', resource: 'pods' },
    { verb: 'list', group: '', resource: 'pods' },
    { verb: 'list', group: '', resource: 'pods' },
    {
      verb: 'patch',
      group: 'apps',
      resource: 'daemonsets',
      subresource: 'status',
      name: 'd',
      namespace: 'n',
    },
    { verb: 'get', path: '/version' },
  ];
  expect(usedVerbs(uses)).toEqual([
    { target: '/version', verbs: ['get'], names: [] },
    { target: 'daemonsets.apps/status', verbs: ['patch'], names: ['d'] },
    { target: 'pods', verbs: ['list', 'watch'], names: [] },
  ]);
  expect(formatTarget({ group: '', resource: 'pods', subresource: 'log' })).toBe('pods/log');
});
