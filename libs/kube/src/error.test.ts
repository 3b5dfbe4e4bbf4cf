import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ignoreNotFound,
  isConflict,
  isGone,
  isNamespaceEnding,
  isNotFound,
  KubeError,
  statusError,
} from './error.ts';

test.each([
  [400, 'InvalidArgument'],
  [401, 'Forbidden'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [409, 'Conflict'],
  [410, 'FailedPrecondition'],
  [413, 'ResourceExhausted'],
  [422, 'InvalidArgument'],
  [429, 'ResourceExhausted'],
  [500, 'Internal'],
  [503, 'Unavailable'],
  [504, 'DeadlineExceeded'],
  [302, 'Internal'],
  [599, 'Unavailable'],
])('HTTP %i is %s', (status, code) => {
  expect(statusError('GET /x', status, {})).toMatchObject({ status, code });
});

test('the reason of the Status wins, and its first named field is given', () => {
  const error = statusError('POST /x', 422, {
    reason: 'Invalid',
    message: 'spec.port: must be lower',
    details: { causes: [{ message: 'no field' }, { field: 'spec.port' }] },
  });
  expect(error).toMatchObject({
    reason: 'Invalid',
    field: 'spec.port',
    message: 'POST /x: spec.port: must be lower',
  });
});

test('an object that exists already is told apart from one that changed', () => {
  expect(statusError('x', 409, { reason: 'AlreadyExists' }).code).toBe('AlreadyExists');
  expect(statusError('x', 409, { reason: 'Conflict' }).code).toBe('Conflict');
});

test('an object that is refused because its namespace ends is told apart from one that nobody may make', () => {
  const causes = [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }];
  expect(isNamespaceEnding(statusError('x', 403, { reason: 'Forbidden', details: { causes } }))).toBe(true);
  expect(isNamespaceEnding(statusError('x', 403, { reason: 'Forbidden' }))).toBe(false);
});

test('the header says how long to wait, or else the Status', () => {
  const status = { details: { retryAfterSeconds: 2 } };
  expect(statusError('x', 429, status, '5').retryAfterMs).toBe(5000);
  expect(statusError('x', 429, status).retryAfterMs).toBe(2000);
  expect(statusError('x', 429, {}).retryAfterMs).toBeUndefined();
});

test('a wait longer than half a minute is cut to it, and the message says what was asked for', () => {
  const error = statusError('GET /x', 429, { message: 'busy' }, '86400');
  expect(error.retryAfterMs).toBe(30_000);
  expect(error.message).toBe('GET /x: busy (asks to wait 24h, cut to 30s)');
  const long = statusError('GET /x', 429, { details: { retryAfterSeconds: 1e300 } });
  expect(long.retryAfterMs).toBe(30_000);
  expect(long.message).toContain('asks to wait more than a year, cut to 30s');
  expect(statusError('GET /x', 429, { message: 'busy' }, '30').message).toBe('GET /x: busy');
});

test('no answer of a server makes anybody wait longer than half a minute, or a negative time, or no time', () => {
  const anything = fc.oneof(fc.double(), fc.integer(), fc.anything());
  fc.assert(
    fc.property(
      fc.oneof(fc.constant(undefined), fc.string(), fc.integer().map(String), fc.date().map(String)),
      anything,
      fc.nat(),
      (header, inBody, now) => {
        const status = { details: { retryAfterSeconds: inBody as number } };
        const { retryAfterMs } = statusError('x', 429, status, header, now);
        expect(retryAfterMs === undefined || (retryAfterMs >= 0 && retryAfterMs <= 30_000)).toBe(true);
        const direct = new KubeError('Internal', 'x', {
          ...{ status: 429, reason: 'x', retryAfterMs: inBody as number },
        });
        expect(direct.retryAfterMs === undefined || direct.retryAfterMs <= 30_000).toBe(true);
      },
    ),
  );
});

test('errors are recognised', async () => {
  const of = (status: number, reason = ''): KubeError => statusError('x', status, { reason });
  expect([isNotFound(of(404)), isNotFound(of(409)), isNotFound(new Error('404'))]).toEqual([
    true,
    false,
    false,
  ]);
  expect([isConflict(of(409)), isGone(of(410)), isGone(of(400, 'Expired'))]).toEqual([true, true, true]);
  expect(await ignoreNotFound(Promise.reject(of(404)))).toBeUndefined();
  expect(await ignoreNotFound(Promise.resolve(1))).toBe(1);
  await expect(ignoreNotFound(Promise.reject(of(403)))).rejects.toBeInstanceOf(KubeError);
});
