import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAuditEvent } from './audit-event.ts';

function line(fields: object): string {
  return JSON.stringify({
    kind: 'Event',
    auditID: 'id',
    verb: 'get',
    user: { username: 'jane' },
    requestURI: '/api/v1/pods/a?timeout=5s',
    annotations: { 'authorization.k8s.io/decision': 'allow' },
    ...fields,
  });
}

test('a request for an object is read with all that tells objects apart', () => {
  const objectRef = {
    apiGroup: 'apps',
    apiVersion: 'v1',
    resource: 'daemonsets',
    subresource: 'status',
    namespace: 'ns',
    name: 'd',
  };
  expect(parseAuditEvent(line({ objectRef, responseStatus: { code: 200 } }))).toEqual({
    id: 'id',
    user: 'jane',
    verb: 'get',
    group: 'apps',
    resource: 'daemonsets',
    subresource: 'status',
    namespace: 'ns',
    name: 'd',
    path: '/api/v1/pods/a',
    code: 200,
    authorized: true,
  });
});

test('the core group is the empty one, and a path outside the resources has none', () => {
  expect(parseAuditEvent(line({ objectRef: { resource: 'pods' } }))?.group).toBe('');
  expect(parseAuditEvent(line({ requestURI: '/metrics' }))).not.toHaveProperty('group');
});

test('a refusal keeps its message', () => {
  const refused = line({
    annotations: { 'authorization.k8s.io/decision': 'forbid' },
    responseStatus: { code: 403, message: 'pods is forbidden' },
  });
  expect(parseAuditEvent(refused)).toMatchObject({
    authorized: false,
    code: 403,
    message: 'pods is forbidden',
  });
});

test('replicas of one account are told apart by their pods, and what was only tried from what was done', () => {
  const extra = { 'authentication.kubernetes.io/pod-name': ['operator-1'] };
  const tried = line({ user: { username: 'jane', extra }, requestURI: '/api/v1/pods?dryRun=All' });
  expect(parseAuditEvent(tried)).toMatchObject({ user: 'jane', pod: 'operator-1', dryRun: true });
  expect(parseAuditEvent(line({}))).not.toHaveProperty('pod');
  expect(parseAuditEvent(line({}))).not.toHaveProperty('dryRun');
});

test('who is impersonated is who acts', () => {
  expect(parseAuditEvent(line({ impersonatedUser: { username: 'joe' } }))?.user).toBe('joe');
});

test('the role a new binding refers to is kept', () => {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'agent' };
  expect(parseAuditEvent(line({ requestObject: { roleRef } }))?.roleRef).toEqual({
    kind: 'ClusterRole',
    name: 'agent',
  });
  expect(
    parseAuditEvent(line({ requestObject: { roleRef: { kind: 'Odd', name: 'a' } } })),
  ).not.toHaveProperty('roleRef');
});

test('a torn line is no event', () => {
  const whole = line({});
  for (let length = 0; length < whole.length; length++) {
    expect(parseAuditEvent(whole.slice(0, length))).toBeUndefined();
  }
});

test('any JSON is survived, and an event always says who did what', () => {
  const parts = fc.record(
    {
      auditID: fc.string(),
      verb: fc.string(),
      user: fc.jsonValue(),
      objectRef: fc.jsonValue(),
      responseStatus: fc.jsonValue(),
      requestURI: fc.jsonValue(),
      requestObject: fc.jsonValue(),
      annotations: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        parts.map((value) => JSON.stringify(value)),
        fc.json(),
        fc.string(),
      ),
      (text) => {
        const event = parseAuditEvent(text);
        if (event !== undefined)
          expect([event.id, event.user, event.verb].every((value) => value !== '')).toBe(true);
      },
    ),
  );
});
