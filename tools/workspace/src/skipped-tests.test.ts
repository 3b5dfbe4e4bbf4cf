import { expect, test } from '@jest/globals';
import { unexcused } from './skipped-tests.ts';

test('a test that lacks a program is not excused, one that lacks rights is', () => {
  expect(
    unexcused([
      'promtool likes every name in /metrics (needs promtool)',
      'statistics that hang keep a reader waiting (needs root and /dev/fuse)',
      'a kubelet in Go understands every answer (skipped: there is no go)',
      'a real aisnode and its stand-in (needs AISNODE_BIN) answer alike',
      'a plugin of 1.36 (skipped: RACKWRIGHT_SLOW_TESTS is not set)',
      'with the real cert-manager (skipped: RACKWRIGHT_LONG_TESTS is not set) works',
      'something somebody switched off',
    ]),
  ).toEqual([
    'promtool likes every name in /metrics (needs promtool)',
    'a kubelet in Go understands every answer (skipped: there is no go)',
    'something somebody switched off',
  ]);
});
