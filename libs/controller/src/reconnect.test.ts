import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { KubeError } from '@rackwright/kube';
import { Reconnect } from './reconnect.ts';

function make(): { reconnect: Reconnect; clock: ManualClock } {
  const clock = new ManualClock();
  return { clock, reconnect: new Reconnect(clock, () => 0) };
}

function error(status: number, reason = 'x', retryAfterMs?: number): KubeError {
  const code = status === 0 ? 'Unavailable' : 'Internal';
  return new KubeError(code, 'failed', { status, reason, retryAfterMs });
}

test('waits after failures grow from half a second to half a minute', () => {
  const { reconnect } = make();
  const waits = Array.from({ length: 8 }, () => reconnect.afterError(error(0)).waitMs);
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('waits are spread by chance over half of their length', () => {
  const clock = new ManualClock();
  expect(new Reconnect(clock, () => 0.999).afterError(error(0)).waitMs).toBeCloseTo(250, -1);
});

test('after five healthy seconds waits start anew, after less they do not', async () => {
  const { reconnect, clock } = make();
  for (let i = 0; i < 5; i++) reconnect.afterError(error(0));
  reconnect.opening();
  reconnect.opened();
  await clock.advance(4999);
  expect(reconnect.afterError(error(0)).waitMs).toBe(16_000);
  reconnect.opening();
  reconnect.opened();
  await clock.advance(5000);
  expect(reconnect.afterError(error(0)).waitMs).toBe(500);
});

test('time spent on connecting does not count as healthy', async () => {
  const { reconnect, clock } = make();
  reconnect.afterError(error(0));
  reconnect.opening();
  await clock.advance(30_000);
  expect(reconnect.afterError(error(0)).waitMs).toBe(1000);
});

test('a server that ends watches in good order is never waited for longer, however often it does', () => {
  const { reconnect } = make();
  const waits = Array.from({ length: 50 }, () => {
    reconnect.opening();
    reconnect.opened();
    return reconnect.afterClose();
  });
  expect(new Set(waits)).toEqual(new Set([500]));
});

test('the server’s own wish is the least that is waited', () => {
  const { reconnect } = make();
  expect(reconnect.afterError(error(429, 'TooManyRequests', 12_000)).waitMs).toBe(12_000);
  expect(reconnect.afterError(error(429, 'TooManyRequests', 10)).waitMs).toBe(1000);
});

test.each([
  [error(0), true, 'error'],
  [error(429), true, 'error'],
  [error(500), true, 'error'],
  [error(503), true, 'error'],
  [error(410, 'Expired'), false, 'gone'],
  [error(400, 'BadRequest'), false, 'error'],
  [error(403, 'Forbidden'), false, 'error'],
  [new KubeError('Internal', 'x', { status: 0, reason: 'MalformedEvent' }), false, 'error'],
  [new KubeError('ResourceExhausted', 'x', { status: 0, reason: 'LineTooLong' }), false, 'error'],
  [new Error('a bug'), false, 'error'],
])('after %s resuming is %s', (reason, resume, cause) => {
  expect(make().reconnect.afterError(reason)).toMatchObject({ resume, cause });
});

test('a version that gets nowhere five times in a row is given up; an event in between makes it good again', () => {
  const { reconnect } = make();
  const tryOnce = (): boolean => reconnect.afterError(error(504)).resume;
  expect(Array.from({ length: 5 }, tryOnce)).toEqual([true, true, true, true, false]);
  reconnect.progressed();
  expect(tryOnce()).toBe(true);
});

test('a version is kept however long the server cannot be reached', () => {
  const { reconnect } = make();
  const resumes = Array.from({ length: 50 }, () => reconnect.afterError(error(0)).resume);
  expect(new Set(resumes)).toEqual(new Set([true]));
});

test('a version that is too old is replaced at once, but not again and again', () => {
  const { reconnect } = make();
  for (let i = 0; i < 5; i++) reconnect.afterError(error(0));
  const gone = error(410, 'Expired');
  expect(reconnect.afterError(gone)).toEqual({ resume: false, cause: 'gone', waitMs: 0 });
  expect(reconnect.afterError(gone).waitMs).toBe(16_000);
  reconnect.progressed();
  expect(reconnect.afterError(gone).waitMs).toBe(0);
});

test('after a recovery of the server waits start anew', () => {
  const { reconnect } = make();
  for (let i = 0; i < 5; i++) reconnect.afterError(error(503));
  reconnect.recovered();
  expect(reconnect.afterError(error(503)).waitMs).toBe(500);
});
