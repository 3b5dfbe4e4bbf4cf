import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CALM_MS, LOOSE_MS, nextStep, REJOIN_MS, SILENCE_MS, type Standing } from './next-step.ts';

const well: Standing = {
  served: true,
  kubelet: 'a',
  registeredWith: 'a',
  streams: 1,
  heard: true,
  silentMs: 0,
  holdMs: 0,
  elders: 0,
  younger: 0,
  tie: 'kept',
  looseMs: 0,
  lostMs: undefined,
  again: true,
  hastyMs: undefined,
  patienceMs: undefined,
};

describe('what a resource does next', () => {
  test('all is well: it waits for a change', () => {
    expect(nextStep(well)).toEqual({ kind: 'wait' });
  });

  test('its socket was removed: it listens again before anything else', () => {
    expect(nextStep({ ...well, served: false, registeredWith: undefined })).toEqual({ kind: 'listen' });
  });

  test('no kubelet: it waits for one', () => {
    expect(nextStep({ ...well, kubelet: undefined, registeredWith: undefined, streams: 0 })).toEqual({
      kind: 'wait',
    });
  });

  test('nothing can be handed out yet: it waits for a while, and as long as an elder is served', () => {
    const young = { ...well, served: false, registeredWith: undefined, streams: 0, patienceMs: 700 };
    expect(nextStep(young)).toEqual({ kind: 'hold', ms: 700 });
    expect(nextStep({ ...young, patienceMs: 0 })).toEqual({ kind: 'listen' });
    expect(nextStep({ ...young, patienceMs: -700, elders: 1 })).toEqual({ kind: 'hold' });
  });

  test('another kubelet: it registers, whatever streams of the old one are left', () => {
    expect(nextStep({ ...well, kubelet: 'b' })).toEqual({ kind: 'register' });
  });

  test('the kubelet opens no stream: it registers again after a while', () => {
    const unheard = { ...well, streams: 0, heard: false };
    expect(nextStep({ ...unheard, silentMs: 500 })).toEqual({ kind: 'wait', ms: SILENCE_MS - 500 });
    expect(nextStep({ ...unheard, silentMs: SILENCE_MS })).toEqual({ kind: 'register' });
  });

  test('the kubelet closes the stream it had: it registers again almost at once', () => {
    expect(nextStep({ ...well, streams: 0, silentMs: 0 })).toEqual({ kind: 'wait', ms: REJOIN_MS });
    expect(nextStep({ ...well, streams: 0, silentMs: REJOIN_MS })).toEqual({ kind: 'rejoin' });
  });

  test('after a failure it waits out the back-off', () => {
    expect(nextStep({ ...well, kubelet: 'b', holdMs: 700 })).toEqual({ kind: 'wait', ms: 700 });
    expect(nextStep({ ...well, served: false, holdMs: 700 })).toEqual({ kind: 'wait', ms: 700 });
  });

  test('an earlier plugin still lives: it makes the kubelet ready for the end of that', () => {
    expect(nextStep({ ...well, elders: 1 })).toEqual({ kind: 'loosen' });
    expect(nextStep({ ...well, elders: 1, streams: 0, heard: false, silentMs: 5 }).kind).toBe('wait');
    expect(nextStep({ ...well, elders: 1, tie: 'settled' })).toEqual({ kind: 'wait' });
  });

  test('once the earlier one has ended it registers again, when the kubelet has dealt with that end', () => {
    const loose = { ...well, tie: 'loose' as const, looseMs: 4000 };
    expect(nextStep({ ...loose, lostMs: 300 })).toEqual({ kind: 'wait', ms: CALM_MS - 300 });
    expect(nextStep({ ...loose, lostMs: CALM_MS })).toEqual({ kind: 'register' });
  });

  test('an earlier one that does not end: after a limit it registers again and leaves it at that', () => {
    const loose = { ...well, tie: 'loose' as const, elders: 1 };
    expect(nextStep({ ...loose, looseMs: 1000 })).toEqual({ kind: 'wait', ms: LOOSE_MS - 1000 });
    expect(nextStep({ ...loose, looseMs: LOOSE_MS })).toEqual({ kind: 'register' });
  });

  test('a later plugin has ended, which the kubelet may not have noticed: it registers again', () => {
    expect(nextStep({ ...well, lostMs: 0 })).toEqual({ kind: 'wait', ms: REJOIN_MS });
    expect(nextStep({ ...well, lostMs: REJOIN_MS })).toEqual({ kind: 'rejoin' });
  });

  test('a registration that was perhaps too early is made once more when all is calm, before the kubelet is made ready', () => {
    const hasty = { ...well, hastyMs: 300 };
    expect(nextStep(hasty)).toEqual({ kind: 'wait', ms: CALM_MS - 300 });
    expect(nextStep({ ...hasty, elders: 1 })).toEqual({ kind: 'wait', ms: CALM_MS - 300 });
    expect(nextStep({ ...hasty, hastyMs: CALM_MS })).toEqual({ kind: 'register' });
    expect(nextStep({ ...hasty, hastyMs: CALM_MS, younger: 1 })).toEqual({ kind: 'wait' });
    expect(nextStep({ ...hasty, registeredWith: undefined })).toEqual({ kind: 'rejoin' });
  });

  test('after a restart of the kubelet an elder may come last: the registration is too early', () => {
    const restarted = { ...well, kubelet: 'b', registeredWith: undefined, elders: 1 };
    expect(nextStep(restarted)).toEqual({ kind: 'rejoin' });
    expect(nextStep({ ...restarted, again: false })).toEqual({ kind: 'register' });
  });

  test('a later plugin is there, as when one update follows another: it leaves the kubelet to that one', () => {
    const between = { ...well, younger: 1, lostMs: CALM_MS };
    expect(nextStep(between)).toEqual({ kind: 'wait' });
    expect(nextStep({ ...between, elders: 1, lostMs: undefined })).toEqual({ kind: 'wait' });
    const loose = { ...between, tie: 'loose' as const };
    expect(nextStep({ ...loose, looseMs: 5000 })).toEqual({ kind: 'wait', ms: LOOSE_MS - 5000 });
    expect(nextStep({ ...loose, looseMs: LOOSE_MS })).toEqual({ kind: 'register' });
    expect(nextStep({ ...loose, younger: 0, looseMs: 5000 })).toEqual({ kind: 'register' });
  });

  test('it never acts while a hold lasts, never registers unserved, and never waits without a reason to wake', () => {
    const identity = fc.constantFrom(undefined, 'a', 'b');
    const ms = fc.integer({ min: 0, max: 10_000 });
    const standing = fc.record({
      served: fc.boolean(),
      kubelet: identity,
      registeredWith: identity,
      streams: fc.nat(2),
      heard: fc.boolean(),
      silentMs: ms,
      holdMs: fc.integer({ min: -1000, max: 10_000 }),
      elders: fc.nat(2),
      younger: fc.nat(2),
      tie: fc.constantFrom('kept' as const, 'loose' as const, 'settled' as const),
      looseMs: fc.integer({ min: 0, max: 2 * LOOSE_MS }),
      lostMs: fc.option(ms, { nil: undefined }),
      again: fc.boolean(),
      hastyMs: fc.option(ms, { nil: undefined }),
      patienceMs: fc.option(fc.integer({ min: -1000, max: 10_000 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(standing, (state) => {
        const step = nextStep(state);
        const known = state.kubelet === state.registeredWith && state.streams > 0;
        if (step.kind === 'hold') {
          expect(state.elders > 0 || (state.patienceMs ?? 0) > 0).toBe(true);
        } else if (step.kind !== 'wait') {
          expect(state.holdMs).toBeLessThanOrEqual(0);
          expect(state.served).toBe(step.kind !== 'listen');
          if (step.kind !== 'listen') expect(state.kubelet).toBeDefined();
          if (step.kind === 'loosen')
            expect([known, state.tie, state.elders > 0]).toEqual([true, 'kept', true]);
        } else if (step.ms === undefined) {
          expect(state.served && (state.kubelet === undefined || known)).toBe(true);
          const due = state.lostMs ?? state.hastyMs;
          if (known && state.kubelet !== undefined && due !== undefined)
            expect(state.younger).toBeGreaterThan(0);
          // The kubelet would not notice our end: that must not last.
          expect(state.kubelet !== undefined && known && state.tie === 'loose').toBe(false);
        } else expect(step.ms).toBeGreaterThan(0);
      }),
    );
  });
});
