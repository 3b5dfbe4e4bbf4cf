import { expect, test } from '@jest/globals';
import { usefulTelemetry } from '@rackwright/hardware-cxi';
import { telemetryChoice } from './telemetry-choice.ts';

test('all, none, the useful ones, or names, also together with the useful ones', () => {
  expect(telemetryChoice(['all'])).toBe('all');
  expect(telemetryChoice(['none'])).toEqual(new Set());
  expect(telemetryChoice(['default'])).toEqual(new Set(usefulTelemetry));
  expect(telemetryChoice(['lpe_x', 'default'])).toEqual(new Set(['lpe_x', ...usefulTelemetry]));
});

test.each([[['all', 'x']], [['none', 'default']], [['../x']], [['a b']], [['']]])(
  '%j is refused',
  (words) => {
    expect(() => telemetryChoice(words)).toThrow(expect.objectContaining({ field: '--telemetry' }));
  },
);
