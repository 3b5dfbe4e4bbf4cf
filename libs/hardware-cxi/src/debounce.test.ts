import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DebounceState, debounceLink } from './debounce.ts';

const options = { healthyMs: 1000 };

test('a link that goes down is unhealthy at once and healthy again only after it held', () => {
  let state = debounceLink(undefined, true, 0, options);
  state = debounceLink(state, false, 100, options);
  expect(state.healthy).toBe(false);
  state = debounceLink(state, true, 200, options);
  expect([state.healthy, state.dueAt]).toEqual([false, 1200]);
  expect(debounceLink(state, true, 1199, options).healthy).toBe(false);
  expect(debounceLink(state, true, 1200, options)).toEqual({ healthy: true, observed: true, since: 200 });
});

test('with a wait for bad news too, a short drop is not told', () => {
  const both = { healthyMs: 1000, unhealthyMs: 500 };
  let state = debounceLink(undefined, true, 0, both);
  state = debounceLink(state, false, 100, both);
  expect([state.healthy, state.dueAt]).toEqual([true, 600]);
  state = debounceLink(state, true, 300, both);
  expect([state.healthy, state.dueAt]).toEqual([true, undefined]);
});

test('however a link flaps, it is never healthy sooner than the wait after it last was down', () => {
  const observations = fc.array(fc.tuple(fc.nat(1500), fc.boolean()), { maxLength: 60 });
  fc.assert(
    fc.property(observations, fc.nat(2000), (steps, healthyMs) => {
      let state: DebounceState | undefined;
      let now = 0;
      let lastDown = Number.NEGATIVE_INFINITY;
      let upSince: number | undefined;
      for (const [wait, up] of steps) {
        now += wait;
        if (!up) lastDown = now;
        upSince = up ? (upSince ?? now) : undefined;
        state = debounceLink(state, up, now, { healthyMs });
        if (!up) expect(state.healthy).toBe(false);
        if (state.healthy && lastDown >= 0) expect(now - (upSince ?? now)).toBeGreaterThanOrEqual(healthyMs);
        if (up && now - (upSince ?? now) >= healthyMs) expect(state.healthy).toBe(true);
        expect(state.dueAt === undefined).toBe(state.healthy === up);
      }
    }),
  );
});
