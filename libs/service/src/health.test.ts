import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { type CheckResult, formatHealth, HealthChecks } from './health.ts';

test('without checks an app is alive and ready', async () => {
  const health = new HealthChecks({ clock: new ManualClock() });
  expect([(await health.live()).ok, (await health.ready()).ok]).toEqual([true, true]);
});

test('readiness and liveness are told apart', async () => {
  const health = new HealthChecks({ clock: new ManualClock() });
  health.addReadiness('driver', () => ({ ok: false, message: 'cxi_ss1 is not loaded' }));
  expect([(await health.live()).ok, (await health.ready()).ok]).toEqual([true, false]);
});

describe('the verbose text', () => {
  test('says how long each check has been as it is, and keeps the last error after recovery', async () => {
    const clock = new ManualClock();
    const health = new HealthChecks({ clock });
    let result: CheckResult = { ok: false, message: 'no class folder' };
    health.addReadiness('scanner', () => result);
    health.addReadiness('other', () => ({ ok: true, message: '8 devices' }));
    await health.ready();
    await clock.advance(12_000);
    expect(formatHealth(await health.ready())).toBe(
      '[-] scanner failed for 12s: no class folder\n[+] other ok for 12s: 8 devices\nfailed\n',
    );
    result = { ok: true };
    await health.ready();
    await clock.advance(90_000);
    expect(formatHealth(await health.ready())).toBe(
      '[+] scanner ok for 1m30s (last error 1m30s ago: no class folder)\n[+] other ok for 1m42s: 8 devices\nok\n',
    );
  });
});

test('a check that throws has failed with that error', async () => {
  const health = new HealthChecks({ clock: new ManualClock() });
  health.addLiveness('loop', () => Promise.reject(new Error('stuck')));
  expect(await health.live()).toMatchObject({
    ok: false,
    checks: [{ name: 'loop', ok: false, message: 'stuck' }],
  });
});

test('a check that never ends has failed after its time, and is asked only once meanwhile', async () => {
  const clock = new ManualClock();
  const health = new HealthChecks({ clock, checkTimeoutMs: 500 });
  let asked = 0;
  health.addReadiness('slow', () => {
    asked += 1;
    return new Promise<CheckResult>(() => undefined);
  });
  const first = health.ready();
  const second = health.ready();
  await clock.advance(500);
  expect(await first).toMatchObject({ ok: false, checks: [{ message: 'slow took longer than 500 ms' }] });
  expect((await second).ok).toBe(false);
  expect(asked).toBe(1);
});
