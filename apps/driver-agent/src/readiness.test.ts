import { describe, expect, test } from '@jest/globals';
import { driverReadiness, publicationReadiness, publisherLiveness } from './readiness.ts';

test('the driver is not ready before it was verified, then as it is', () => {
  expect(driverReadiness(undefined)).toEqual({ ok: false, message: 'not verified yet' });
  expect(driverReadiness({ ready: false, reason: 'R', message: 'm' })).toEqual({ ok: false, message: 'm' });
});

describe('publication', () => {
  test('is not ready before the first one', () => {
    expect(publicationReadiness(undefined, 0).ok).toBe(false);
    expect(publicationReadiness({ ok: false, message: 'refused', at: 0 }, 0)).toEqual({
      ok: false,
      message: 'refused',
    });
  });

  test('may fail for two minutes', () => {
    const failed = { ok: false, message: 'refused', at: 0, succeededAt: 1000 };
    expect(publicationReadiness(failed, 60_000)).toEqual({
      ok: true,
      message: 'last published 59s ago: refused',
    });
    expect(publicationReadiness(failed, 121_000)).toEqual({
      ok: false,
      message: 'last published 2m ago: refused',
    });
  });
});

test('a publisher is alive until its loop stands still for ten minutes or ten polls', () => {
  const at = (nowMs: number, pollMs = 30_000) =>
    publisherLiveness({ ok: true, at: 1000 }, 0, nowMs, pollMs).ok;
  expect([at(600_000), at(602_000), at(602_000, 120_000)]).toEqual([true, false, true]);
  expect(publisherLiveness(undefined, 0, 700_000, 30_000)).toEqual({
    ok: false,
    message: 'stuck for 11m40s',
  });
});
