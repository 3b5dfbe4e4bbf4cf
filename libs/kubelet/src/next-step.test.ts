import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextStep, REJOIN_MS, SILENCE_MS, type Standing } from './next-step.ts';

const well: Standing = {
  socket: 'ours',
  kubelet: 'a',
  registeredWith: 'a',
  streams: 1,
  heard: true,
  silentMs: 0,
  holdMs: 0,
};

describe('what a resource does next', () => {
  test('all is well: it waits for a change', () => {
    expect(nextStep(well)).toEqual({ kind: 'wait' });
  });

  test('its socket was removed: it listens again before anything else', () => {
    expect(nextStep({ ...well, socket: 'none', registeredWith: undefined })).toEqual({ kind: 'listen' });
  });

  test('a successor took its socket: it lets it be, whatever else happens', () => {
    expect(nextStep({ ...well, socket: 'taken', kubelet: 'b', streams: 0 })).toEqual({ kind: 'wait' });
  });

  test('no kubelet: it waits for one', () => {
    expect(nextStep({ ...well, kubelet: undefined, registeredWith: undefined, streams: 0 })).toEqual({
      kind: 'wait',
    });
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
    expect(nextStep({ ...well, streams: 0, silentMs: REJOIN_MS })).toEqual({ kind: 'register' });
  });

  test('after a failure it waits out the back-off', () => {
    expect(nextStep({ ...well, kubelet: 'b', holdMs: 700 })).toEqual({ kind: 'wait', ms: 700 });
    expect(nextStep({ ...well, socket: 'none', holdMs: 700 })).toEqual({ kind: 'wait', ms: 700 });
  });

  test('it never acts while a hold lasts, never registers unserved, and never waits without a reason to wake', () => {
    const identity = fc.constantFrom(undefined, 'a', 'b');
    const standing = fc.record({
      socket: fc.constantFrom('ours' as const, 'none' as const, 'taken' as const),
      kubelet: identity,
      registeredWith: identity,
      streams: fc.nat(2),
      heard: fc.boolean(),
      silentMs: fc.integer({ min: 0, max: 10_000 }),
      holdMs: fc.integer({ min: -1000, max: 10_000 }),
    });
    fc.assert(
      fc.property(standing, (state) => {
        const step = nextStep(state);
        if (step.kind !== 'wait') {
          expect(state.holdMs).toBeLessThanOrEqual(0);
          if (step.kind === 'register')
            expect(state).toMatchObject({ socket: 'ours', kubelet: expect.anything() });
        } else if (step.ms === undefined) {
          const served = state.kubelet === state.registeredWith && state.streams > 0;
          const idle = state.socket === 'ours' && (state.kubelet === undefined || served);
          expect(idle || state.socket === 'taken').toBe(true);
        } else expect(step.ms).toBeGreaterThan(0);
      }),
    );
  });
});
