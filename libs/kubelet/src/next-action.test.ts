import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  DETACHED_MS,
  type EndpointState,
  nextAction,
  REREGISTER_MS,
  SETTLE_MS,
  SILENCE_MS,
} from './next-action.ts';

const well: EndpointState = {
  served: true,
  kubelet: 'a',
  registeredWith: 'a',
  streams: 1,
  listened: true,
  silentMs: 0,
  holdMs: 0,
  predecessors: 0,
  successors: 0,
  binding: 'bound',
  detachedMs: 0,
  endedMs: undefined,
  again: true,
  earlyMs: undefined,
  obstacleWaitMs: undefined,
};

describe('what a resource does next', () => {
  test('all is well: it waits for a change', () => {
    expect(nextAction(well)).toEqual({ kind: 'wait' });
  });

  test('its socket was removed: it listens again before anything else', () => {
    expect(nextAction({ ...well, served: false, registeredWith: undefined })).toEqual({ kind: 'listen' });
  });

  test('no kubelet: it waits for one', () => {
    expect(nextAction({ ...well, kubelet: undefined, registeredWith: undefined, streams: 0 })).toEqual({
      kind: 'wait',
    });
  });

  test('nothing can be allocated yet: it waits for a while, and as long as a predecessor is served', () => {
    const young = { ...well, served: false, registeredWith: undefined, streams: 0, obstacleWaitMs: 700 };
    expect(nextAction(young)).toEqual({ kind: 'hold', ms: 700 });
    expect(nextAction({ ...young, obstacleWaitMs: 0 })).toEqual({ kind: 'listen' });
    expect(nextAction({ ...young, obstacleWaitMs: -700, predecessors: 1 })).toEqual({ kind: 'hold' });
  });

  test('another kubelet: it registers, whatever streams of the old one are left', () => {
    expect(nextAction({ ...well, kubelet: 'b' })).toEqual({ kind: 'register' });
  });

  test('the kubelet opens no stream: it registers again after a while', () => {
    const unheard = { ...well, streams: 0, listened: false };
    expect(nextAction({ ...unheard, silentMs: 500 })).toEqual({ kind: 'wait', ms: SILENCE_MS - 500 });
    expect(nextAction({ ...unheard, silentMs: SILENCE_MS })).toEqual({ kind: 'register' });
  });

  test('the kubelet closes the stream it had: it registers again almost at once', () => {
    expect(nextAction({ ...well, streams: 0, silentMs: 0 })).toEqual({ kind: 'wait', ms: REREGISTER_MS });
    expect(nextAction({ ...well, streams: 0, silentMs: REREGISTER_MS })).toEqual({ kind: 'reregister' });
  });

  test('after a failure it waits out the back-off', () => {
    expect(nextAction({ ...well, kubelet: 'b', holdMs: 700 })).toEqual({ kind: 'wait', ms: 700 });
    expect(nextAction({ ...well, served: false, holdMs: 700 })).toEqual({ kind: 'wait', ms: 700 });
  });

  test('an earlier plugin still lives: it makes the kubelet ready for the end of that', () => {
    expect(nextAction({ ...well, predecessors: 1 })).toEqual({ kind: 'detach' });
    expect(nextAction({ ...well, predecessors: 1, streams: 0, listened: false, silentMs: 5 }).kind).toBe(
      'wait',
    );
    expect(nextAction({ ...well, predecessors: 1, binding: 'settled' })).toEqual({ kind: 'wait' });
  });

  test('once the earlier one has ended it registers again, when the kubelet has dealt with that end', () => {
    const detached = { ...well, binding: 'detached' as const, detachedMs: 4000 };
    expect(nextAction({ ...detached, endedMs: 300 })).toEqual({ kind: 'wait', ms: SETTLE_MS - 300 });
    expect(nextAction({ ...detached, endedMs: SETTLE_MS })).toEqual({ kind: 'register' });
  });

  test('an earlier one that does not end: after a limit it registers again and leaves it at that', () => {
    const detached = { ...well, binding: 'detached' as const, predecessors: 1 };
    expect(nextAction({ ...detached, detachedMs: 1000 })).toEqual({ kind: 'wait', ms: DETACHED_MS - 1000 });
    expect(nextAction({ ...detached, detachedMs: DETACHED_MS })).toEqual({ kind: 'register' });
  });

  test('a later plugin has ended, which the kubelet may not have noticed: it registers again', () => {
    expect(nextAction({ ...well, endedMs: 0 })).toEqual({ kind: 'wait', ms: REREGISTER_MS });
    expect(nextAction({ ...well, endedMs: REREGISTER_MS })).toEqual({ kind: 'reregister' });
  });

  test('a registration that was perhaps too early is made once more when all is calm, before the kubelet is made ready', () => {
    const early = { ...well, earlyMs: 300 };
    expect(nextAction(early)).toEqual({ kind: 'wait', ms: SETTLE_MS - 300 });
    expect(nextAction({ ...early, predecessors: 1 })).toEqual({ kind: 'wait', ms: SETTLE_MS - 300 });
    expect(nextAction({ ...early, earlyMs: SETTLE_MS })).toEqual({ kind: 'register' });
    expect(nextAction({ ...early, earlyMs: SETTLE_MS, successors: 1 })).toEqual({ kind: 'wait' });
    expect(nextAction({ ...early, registeredWith: undefined })).toEqual({ kind: 'reregister' });
  });

  test('after a restart of the kubelet a predecessor may come last: the registration is too early', () => {
    const restarted = { ...well, kubelet: 'b', registeredWith: undefined, predecessors: 1 };
    expect(nextAction(restarted)).toEqual({ kind: 'reregister' });
    expect(nextAction({ ...restarted, again: false })).toEqual({ kind: 'register' });
  });

  test('a later plugin is there, as when one update follows another: it leaves the kubelet to that one', () => {
    const between = { ...well, successors: 1, endedMs: SETTLE_MS };
    expect(nextAction(between)).toEqual({ kind: 'wait' });
    expect(nextAction({ ...between, predecessors: 1, endedMs: undefined })).toEqual({ kind: 'wait' });
    const detached = { ...between, binding: 'detached' as const };
    expect(nextAction({ ...detached, detachedMs: 5000 })).toEqual({ kind: 'wait', ms: DETACHED_MS - 5000 });
    expect(nextAction({ ...detached, detachedMs: DETACHED_MS })).toEqual({ kind: 'register' });
    expect(nextAction({ ...detached, successors: 0, detachedMs: 5000 })).toEqual({ kind: 'register' });
  });

  test('it never acts while a hold lasts, never registers unserved, and never waits without a reason to wake', () => {
    const identity = fc.constantFrom(undefined, 'a', 'b');
    const ms = fc.integer({ min: 0, max: 10_000 });
    const state = fc.record({
      served: fc.boolean(),
      kubelet: identity,
      registeredWith: identity,
      streams: fc.nat(2),
      listened: fc.boolean(),
      silentMs: ms,
      holdMs: fc.integer({ min: -1000, max: 10_000 }),
      predecessors: fc.nat(2),
      successors: fc.nat(2),
      binding: fc.constantFrom('bound' as const, 'detached' as const, 'settled' as const),
      detachedMs: fc.integer({ min: 0, max: 2 * DETACHED_MS }),
      endedMs: fc.option(ms, { nil: undefined }),
      again: fc.boolean(),
      earlyMs: fc.option(ms, { nil: undefined }),
      obstacleWaitMs: fc.option(fc.integer({ min: -1000, max: 10_000 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(state, (state) => {
        const step = nextAction(state);
        const known = state.kubelet === state.registeredWith && state.streams > 0;
        if (step.kind === 'hold') {
          expect(state.predecessors > 0 || (state.obstacleWaitMs ?? 0) > 0).toBe(true);
        } else if (step.kind !== 'wait') {
          expect(state.holdMs).toBeLessThanOrEqual(0);
          expect(state.served).toBe(step.kind !== 'listen');
          if (step.kind !== 'listen') expect(state.kubelet).toBeDefined();
          if (step.kind === 'detach')
            expect([known, state.binding, state.predecessors > 0]).toEqual([true, 'bound', true]);
        } else if (step.ms === undefined) {
          expect(state.served && (state.kubelet === undefined || known)).toBe(true);
          const due = state.endedMs ?? state.earlyMs;
          if (known && state.kubelet !== undefined && due !== undefined)
            expect(state.successors).toBeGreaterThan(0);
          // The kubelet would not notice our end: that must not last.
          expect(state.kubelet !== undefined && known && state.binding === 'detached').toBe(false);
        } else expect(step.ms).toBeGreaterThan(0);
      }),
    );
  });
});
