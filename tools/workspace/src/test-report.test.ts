import { expect, test } from '@jest/globals';
import { closingLines, countJest } from './test-report.ts';

test('the last line counts everything, and what failed or was skipped is named', () => {
  const report = {
    numPassedTests: 3,
    numFailedTests: 1,
    numRuntimeErrorTestSuites: 1,
    testResults: [
      {
        ...{ name: '/work/a.test.ts', status: 'failed', message: '' },
        assertionResults: [
          { status: 'pending', fullName: 'promtool accepts it (promtool is missing)' },
          {
            ...{ status: 'failed', fullName: 'a NIC is found' },
            failureMessages: ['Error: \u001b[31mexpected 1, got 0\u001b[0m\n    at a.test.ts:3'],
          },
        ],
      },
      {
        ...{ name: '/work/b.test.ts', status: 'failed', assertionResults: [] },
        message: '  ● Test suite failed to run\n\n    Cannot find module x\n',
      },
    ],
  };
  expect(closingLines([countJest('unit', report, 2.4, 1)], ['control plane: no Go toolchain'])).toEqual([
    'unit: 3 passed, 2 failed, 1 skipped in 2 s',
    'skipped: promtool accepts it (promtool is missing)',
    'failed: b.test.ts: Cannot find module x',
    'failed: a NIC is found: Error: expected 1, got 0',
    'skipped tier: control plane: no Go toolchain',
    '3 passed, 2 failed, 2 skipped',
  ]);
});

test('a clean run ends with the plain line', () => {
  const report = { numPassedTests: 5, numFailedTests: 0, numRuntimeErrorTestSuites: 0, testResults: [] };
  expect(closingLines([countJest('unit', report, 1, 0)]).at(-1)).toBe('5 passed, 0 failed');
});

test('a run that jest itself ended badly is one failure, though no test failed', () => {
  const report = { numPassedTests: 5, numFailedTests: 0, numRuntimeErrorTestSuites: 0, testResults: [] };
  expect(closingLines([countJest('unit', report, 1, 1)]).slice(1)).toEqual([
    'failed: unit: jest ended with exit code 1',
    '5 passed, 1 failed',
  ]);
});
