import { expect, test } from '@jest/globals';
import { type Clock, ManualClock } from './clock.ts';
import { elapsedSince, momentOf } from './moment.ts';

/** A clock whose two scales a test moves apart. */
function twoScales(): Clock & { monotonicMs: number; wallMs: number } {
  const base = new ManualClock();
  return {
    monotonicMs: 0,
    wallMs: 1_000_000,
    now() {
      return this.wallMs;
    },
    monotonic() {
      return this.monotonicMs;
    },
    sleep: (ms, signal) => base.sleep(ms, signal),
    timer: (ms, fn) => base.timer(ms, fn),
  };
}

test.each([
  ['both clocks go on', 7000, 7000, 7000],
  ['the virtual machine was suspended: only the wall clock went on', 0, 7000, 7000],
  ['the wall clock was set back', 7000, -3_600_000, 7000],
  ['the wall clock stood still', 7000, 0, 7000],
])('%s', (_what, monotonic, wall, expected) => {
  const clock = twoScales();
  const before = momentOf(clock);
  clock.monotonicMs += monotonic;
  clock.wallMs += wall;
  expect(elapsedSince(clock, before)).toBe(expected);
});
