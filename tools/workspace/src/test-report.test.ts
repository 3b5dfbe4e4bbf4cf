import { expect, test } from '@jest/globals';
import { closingLines, countJest } from './test-report.ts';

test('the last line counts everything, and what was skipped is named', () => {
  const report = {
    numPassedTests: 3,
    numFailedTests: 1,
    numRuntimeErrorTestSuites: 1,
    testResults: [
      { assertionResults: [{ status: 'pending', fullName: 'promtool accepts it (promtool is missing)' }] },
    ],
  };
  expect(closingLines([countJest('unit', report, 2.4)], ['control plane: no Go toolchain'])).toEqual([
    'unit: 3 passed, 2 failed, 1 skipped in 2 s',
    'skipped: promtool accepts it (promtool is missing)',
    'skipped tier: control plane: no Go toolchain',
    '3 passed, 2 failed, 2 skipped',
  ]);
});

test('a clean run ends with the plain line', () => {
  const report = { numPassedTests: 5, numFailedTests: 0, numRuntimeErrorTestSuites: 0, testResults: [] };
  expect(closingLines([countJest('unit', report, 1)]).at(-1)).toBe('5 passed, 0 failed');
});
