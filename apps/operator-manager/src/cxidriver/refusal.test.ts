import { expect, test } from '@jest/globals';
import { storedDriver, testSettings } from '../testing/fixtures.ts';
import { firstRefusal } from './refusal.ts';

const picky = { ...testSettings, allowedImages: ['registry.test/', 'ghcr.io/rackwright/'] };

test.each([
  [
    { source: { type: 'dkms', dkms: { tag: 'release/shs-13.0.0' } } },
    'SourceUnsupported',
    'use preinstalled',
  ],
  [
    { source: { type: 'prebuilt', prebuiltCache: 'https://x.test' } },
    'SourceUnsupported',
    'use preinstalled',
  ],
  [{ retryHandler: { mode: 'sidecar' } }, 'RetryHandlerModeUnsupported', 'use mode daemonset'],
  [{ retryHandler: { mode: 'kernel' } }, 'RetryHandlerModeUnsupported', 'use mode daemonset'],
  [{ devicePlugin: { image: 'evil.test/plugin' } }, 'ImageNotAllowed', 'registry.test/, ghcr.io/rackwright/'],
])('%j is refused as %s', (spec, reason, advice) => {
  const refusal = firstRefusal(storedDriver(spec), picky);
  expect(refusal?.reason).toBe(reason);
  expect(refusal?.message).toContain(advice);
});

test.each([
  [{}],
  [{ retryHandler: { mode: 'none' } }],
  [{ retryHandler: { mode: 'sidecar', enabled: false } }],
  [{ driverAgent: { image: 'registry.test/own/agent:1' }, metricsExporter: { image: '' } }],
])('%j is rolled out', (spec) => expect(firstRefusal(storedDriver(spec), picky)).toBeUndefined());

test('without a list every image is allowed', () => {
  expect(firstRefusal(storedDriver({ devicePlugin: { image: 'x.test/y' } }), testSettings)).toBeUndefined();
});
