import { expect, test } from '@jest/globals';
import { usefulTelemetry } from '@rackwright/hardware-cxi';
import { loadConfig } from '@rackwright/service';
import { options } from './options.ts';
import { telemetryChoice } from './telemetry-choice.ts';

test('all, none, the useful ones, or names, also together with the useful ones', () => {
  expect(telemetryChoice(['all'])).toBe('all');
  expect(telemetryChoice(['none'])).toEqual(new Set());
  expect(telemetryChoice(['default'])).toEqual(new Set(usefulTelemetry));
  expect(telemetryChoice(['lpe_x', 'default'])).toEqual(new Set(['lpe_x', ...usefulTelemetry]));
});

test.each(['all,x', 'none,default', '../x', 'a b', 'pct-no-tct.nacks'])(
  '--telemetry=%s is refused when the exporter starts',
  (text) => {
    const sources = { argv: [`--telemetry=${text}`], env: {}, readFile: () => '{}' };
    expect(() => loadConfig(options, sources)).toThrow(expect.objectContaining({ field: '--telemetry' }));
  },
);
