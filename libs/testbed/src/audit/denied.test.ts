import { expect, test } from '@jest/globals';
import type { AuditEvent } from './audit-event.ts';
import { deniedRequests, formatDenied } from './denied.ts';

function event(id: string, fields: Partial<AuditEvent>): AuditEvent {
  return {
    id,
    user: 'robot',
    verb: 'list',
    group: '',
    resource: 'pods',
    path: '/',
    authorized: true,
    code: 200,
    ...fields,
  };
}

const forbidden = { authorized: false, code: 403, message: 'pods is forbidden' };

test('what was answered is not denied, whatever the answer', () => {
  expect(deniedRequests([event('a', {}), event('b', { code: 404 }), event('c', { code: 409 })])).toEqual([]);
});

test('equal refusals are counted together, and the stages of one request once', () => {
  const denied = deniedRequests([
    event('a', forbidden),
    event('a', forbidden),
    event('b', forbidden),
    event('c', { ...forbidden, verb: 'watch' }),
  ]);
  expect(denied.map(({ verb, count }) => ({ verb, count }))).toEqual([
    { verb: 'list', count: 2 },
    { verb: 'watch', count: 1 },
  ]);
});

test('a refusal by admission is told apart from a missing right', () => {
  const [first, second] = deniedRequests([
    event('a', forbidden),
    event('b', { code: 403, message: 'policy says no' }),
  ]);
  expect(first?.by).toBe('authorization');
  expect(second?.by).toBe('admission');
});

test('a line for people says who wanted what, and why not', () => {
  const [denied] = deniedRequests([event('a', { ...forbidden, verb: 'get', namespace: 'ns', name: 'p' })]);
  expect(denied && formatDenied(denied)).toBe(
    'robot: get pods ns/p refused by authorization, 1 times: pods is forbidden',
  );
});
