import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseDuration } from './duration.ts';
import { follows, telemetryProblem, valueRules } from './value-rules.ts';

const unit = fc.constantFrom('ms', 's', 'm', 'h', 'us', '');
const number = fc.oneof(
  fc.nat(2000).map(String),
  fc.tuple(fc.nat(3), fc.stringMatching(/^[0-9]{1,4}$/)).map((n) => n.join('.')),
);
const durationLike = fc
  .array(
    fc.tuple(number, unit).map((pair) => pair.join('')),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join(''));

describe('a duration', () => {
  test.each(['1s', '90s', '1m30s', '1000ms', '0.5m', '0h1s'])('%s is long', (text) => {
    expect(follows('longDuration', text)).toBe(true);
  });

  test('that follows a rule is read, and is what the rule says', () => {
    fc.assert(
      fc.property(durationLike, (text) => {
        if (follows('duration', text)) expect(parseDuration(text)).toBeGreaterThanOrEqual(0);
        if (follows('positiveDuration', text)) expect(parseDuration(text)).toBeGreaterThan(0);
        if (follows('longDuration', text)) expect(parseDuration(text)).toBeGreaterThanOrEqual(1000);
      }),
      { numRuns: 3000 },
    );
  });

  test('of one part in whole seconds, minutes or hours is long unless it is 0', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.constantFrom('s', 'm', 'h'), (n, u) => {
        expect(follows('longDuration', `${n}${u}`)).toBe(n > 0);
        expect(follows('positiveDuration', `${n}${u}`)).toBe(n > 0);
      }),
    );
  });
});

test('an absolute path has no step upwards', () => {
  const path = fc
    .array(fc.constantFrom('a', '.', '..', '...', '.x', '..x', '', 'b c'), { maxLength: 6 })
    .chain((steps) => fc.constantFrom(`/${steps.join('/')}`, steps.join('/')));
  fc.assert(
    fc.property(path, (text) => {
      expect(follows('absolutePath', text)).toBe(text.startsWith('/') && !text.split('/').includes('..'));
    }),
    { numRuns: 2000 },
  );
});

test('telemetry is all, none, or names', () => {
  for (const good of [[], ['all'], ['none'], ['default', 'pct_no_tct_nacks']])
    expect(telemetryProblem(good)).toBeUndefined();
  expect(telemetryProblem(['all', 'default'])).toBe('all stands alone');
  expect(telemetryProblem(['default', 'pct-no-tct.nacks'])).toBe(
    '"pct-no-tct.nacks" is not the name of a telemetry file',
  );
});

test('the rules mean in RE2, which knows no look-ahead and no back reference, what they mean here', () => {
  for (const { pattern } of Object.values(valueRules)) expect(pattern).not.toMatch(/\(\?|\\[dwsb1-9]/);
});
