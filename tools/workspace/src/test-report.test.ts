import { expect, test } from '@jest/globals';
import { closingLines, countJest, failedFiles } from './test-report.ts';

function passing(name: string, tests: number) {
  return {
    ...{ name, status: 'passed', message: '' },
    assertionResults: Array.from({ length: tests }, (_, index) => ({
      status: 'passed',
      fullName: `${name} ${index}`,
    })),
  };
}

function failing(name: string, fullName: string, message = 'Error: too late') {
  return {
    ...{ name, status: 'failed', message: '' },
    assertionResults: [{ status: 'failed', fullName, failureMessages: [message] }],
  };
}

test('the last line counts everything, and what failed or was skipped is named', () => {
  const report = {
    testResults: [
      passing('/work/c.test.ts', 3),
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
    'failed: a NIC is found: Error: expected 1, got 0',
    'failed: b.test.ts: Cannot find module x',
    'skipped tier: control plane: no Go toolchain',
    '3 passed, 2 failed, 2 skipped',
  ]);
});

test('a clean run ends with the plain line', () => {
  const report = { testResults: [passing('/work/a.test.ts', 5)] };
  expect(closingLines([countJest('unit', report, 1, 0)]).at(-1)).toBe('5 passed, 0 failed');
});

test('a run that jest itself ended badly is one failure, though no test failed', () => {
  const report = { testResults: [passing('/work/a.test.ts', 5)] };
  expect(closingLines([countJest('unit', report, 1, 1)]).slice(1)).toEqual([
    'failed: unit: jest ended with exit code 1',
    '5 passed, 1 failed',
  ]);
});

test('a run that ended badly for a test left out without an excuse names it', () => {
  const left = [{ status: 'pending', fullName: 'something somebody switched off' }];
  const report = {
    testResults: [{ ...{ name: '/work/a.test.ts', status: 'passed', message: '' }, assertionResults: left }],
  };
  expect(closingLines([countJest('unit', report, 1, 1)]).slice(2)).toEqual([
    'failed: unit: jest ended with exit code 1, perhaps for what was left out: something somebody switched off',
    '0 passed, 1 failed, 1 skipped',
  ]);
});

test('a file that fails after its tests have passed is a failure', () => {
  const file = {
    ...passing('/work/a.test.ts', 2),
    status: 'failed',
    message: 'Error: the server would not stop',
  };
  expect(closingLines([countJest('unit', { testResults: [file] }, 1, 1)]).slice(1)).toEqual([
    'failed: a.test.ts: Error: the server would not stop',
    '2 passed, 1 failed',
  ]);
});

test('what fails only the first time is named and not counted', () => {
  const first = {
    testResults: [passing('/a', 2), failing('/b', 'a NIC is found'), failing('/c', 'a NIC is lost')],
  };
  const again = {
    testResults: [failing('/b', 'a NIC is found'), { ...passing('/c', 1) }],
  };
  expect(failedFiles(first)).toEqual(['/b', '/c']);
  expect(closingLines([countJest('unit', first, 2, 1, again)])).toEqual([
    'unit: 3 passed, 1 failed, 0 skipped in 2 s',
    'unsteady (passed when run again alone): a NIC is lost: Error: too late',
    'failed: a NIC is found: Error: too late',
    '3 passed, 1 failed',
  ]);
});

test('a failure stays one when the second run ends without the file', () => {
  const first = { testResults: [failing('/b', 'a NIC is found')] };
  expect(closingLines([countJest('unit', first, 2, 1, { testResults: [] })]).at(-1)).toBe(
    '0 passed, 1 failed',
  );
});

test('a counterexample of random inputs stays a failure, though other inputs pass', () => {
  const first = {
    testResults: [
      failing('/b', 'any list', 'Error: Property failed after 3 tests\n{ seed: -12, path: "2:1" }'),
      failing('/c', 'any release', 'Error: not equal\n+   "seed": 1494360354,'),
    ],
  };
  const again = { testResults: [passing('/b', 1), passing('/c', 1)] };
  expect(closingLines([countJest('unit', first, 2, 1, again)]).slice(1)).toEqual([
    'failed: any list: Error: Property failed after 3 tests { seed: -12, path: "2:1" }',
    'failed: any release: Error: not equal + "seed": 1494360354,',
    '0 passed, 2 failed',
  ]);
});

test('a failure is named with what was got, and of two values with what differs', () => {
  const stack = '    at Object.toEqual (/work/a.test.ts:3:52)\n    at new Promise (<anonymous>)';
  const list = 'Error: nodes: expected [], got [\n  "a",\n  "b"\n]';
  const compared = [
    'Error: \u001b[2mexpect(\u001b[22mreceived).toEqual(expected)\n',
    '- Expected  - 1\n+ Received  + 2\n\n  Object {\n    "a": 1,\n+   "b": 2,\n-   "c": "y",\n+   "c": "x",\n  }',
  ].join('\n');
  const thrown = [
    'Error: expect(received).toThrow(expected)\n\nReceived message: "that"\n',
    "    > 10 | test('h', async () => undefined);\n         |      ^\n      11 |\n\n      at src/a.test.ts:10:46",
  ].join('\n');
  const caused = `Error: no answer\n${stack}\n\n[cause]: Error: refused`;
  const testResults = [list, compared, thrown, caused].map((text, i) =>
    failing(`/${i}`, `case ${i}`, `${text}\n${stack}`),
  );
  expect(countJest('unit', { testResults }, 1, 1).failures).toEqual([
    'case 0: Error: nodes: expected [], got [ "a", "b" ]',
    'case 1: Error: expect(received).toEqual(expected) - Expected - 1 + Received + 2 + "b": 2, - "c": "y", + "c": "x",',
    'case 2: Error: expect(received).toThrow(expected) Received message: "that"',
    'case 3: Error: no answer [cause]: Error: refused',
  ]);
});
