import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';

test.each([
  ['0', 0],
  ['30s', 30_000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['250ms', 250],
  ['-2s', -2000],
  ['.5s', 500],
])('reads %s as Go does', (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each(['', '5', 's', '5 s', '5minutes', '1m-3s', `${'1'.repeat(80)}s`, 'NaNs'])(
  'refuses %p and names the field',
  (text) => {
    expect(() => parseDuration(text, 'spec.updateStrategy.healthCheckTimeout')).toThrow(
      /spec\.updateStrategy\.healthCheckTimeout/,
    );
  },
);

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e10, max: 1e10 }), (ms) =>
      expect(parseDuration(formatDuration(ms))).toBeCloseTo(ms, 3),
    ),
  );
});
