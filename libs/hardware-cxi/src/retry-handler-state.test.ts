import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  formatRetryHandlerState,
  parseRetryHandlerState,
  type RetryHandlerState,
  retryHandlerStatePath,
} from './retry-handler-state.ts';

const exit = fc.record({
  code: fc.option(fc.nat(255)),
  signal: fc.option(fc.constantFrom('SIGKILL', 'SIGSEGV')),
  at: fc.string(),
});
const entry = fc.record(
  {
    device: fc.string(),
    state: fc.constantFrom('Starting', 'Running', 'External', 'Backoff', 'Failed', 'Stopped'),
    pid: fc.nat(),
    restarts: fc.nat(),
    since: fc.string(),
    rebootRequired: fc.boolean(),
    lastExit: exit,
    configFile: fc.string(),
  },
  { requiredKeys: ['device', 'state', 'restarts', 'since', 'rebootRequired'] },
);
const state = fc.record(
  {
    version: fc.constant(1),
    updatedAt: fc.string(),
    bootId: fc.uuid(),
    onCrash: fc.constantFrom('markUnhealthy', 'restart'),
    handlers: fc.array(entry, { maxLength: 8 }),
  },
  { requiredKeys: ['version', 'updatedAt', 'onCrash', 'handlers'] },
);

const sample: RetryHandlerState = {
  version: 1,
  updatedAt: '2026-01-01T00:00:00.000Z',
  onCrash: 'markUnhealthy',
  handlers: [
    { device: 'cxi0', state: 'Running', pid: 7, restarts: 0, since: '2026-01-01', rebootRequired: false },
  ],
};

function errorOf(change: object, inEntry = false): string {
  const changed = inEntry
    ? { ...sample, handlers: [{ ...sample.handlers[0], ...change }] }
    : { ...sample, ...change };
  const result = parseRetryHandlerState(JSON.stringify(changed));
  return result.ok ? '' : result.error.message;
}

test('every state is read back as it was written', () => {
  fc.assert(
    fc.property(state, (written) => {
      expect(parseRetryHandlerState(formatRetryHandlerState(written as RetryHandlerState))).toEqual({
        ok: true,
        value: written,
      });
    }),
  );
});

test('a field a newer writer added is ignored, and its version is refused', () => {
  const newer = { ...sample, handlers: sample.handlers.map((one) => ({ ...one, colour: 'red' })), extra: 1 };
  expect(parseRetryHandlerState(JSON.stringify(newer))).toEqual({ ok: true, value: sample });
  expect(errorOf({ version: 2 })).toBe('retry handler state: version is not 1');
});

test('the error names the field that is wrong', () => {
  expect(errorOf({ onCrash: 'reboot' })).toContain('onCrash is not one of markUnhealthy, restart');
  expect(errorOf({ handlers: {} })).toContain('handlers is not a list');
  expect(errorOf({ handlers: [7] })).toContain('handlers is not an object');
  expect(errorOf({ pid: -1 }, true)).toContain('pid is not a whole number');
  expect(errorOf({ rebootRequired: 'no' }, true)).toContain('rebootRequired is not true or false');
  expect(errorOf({ lastExit: { code: 1, signal: null } }, true)).toContain('at is not a text');
});

test('no text makes the reader throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((json) => `{"version":1,"handlers":[${json}]}`),
      ),
      (text) => {
        expect(typeof parseRetryHandlerState(text).ok).toBe('boolean');
      },
    ),
  );
});

test('the file lies in the folder the agents share', () => {
  expect(retryHandlerStatePath).toBe('/run/rackwright/retry-handler.json');
});
