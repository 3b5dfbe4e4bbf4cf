import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** What one run of a test tier counted. */
export interface TierResult {
  readonly tier: string;
  readonly passed: number;
  readonly failed: number;
  /** One line for each failure: the test or the file, and what it said first. */
  readonly failures: readonly string[];
  /** Tests the run left out, each with its reason in the name. */
  readonly skipped: readonly string[];
  readonly seconds: number;
}

/** The part of jest's `--json` output that is counted. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly JestFile[];
}

interface JestFile {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly JestTest[];
}

interface JestTest {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages?: readonly string[];
}

/**
 * Counts a jest run. A file that could not even be loaded counts as one failure,
 * and so does a run in which nothing failed but jest itself: its exit code then
 * stands for what no test is to blame for, such as an unknown option.
 */
export function countJest(tier: string, report: JestReport, seconds: number, exitCode: number): TierResult {
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const skipped = tests
    .filter((test) => test.status === 'pending' || test.status === 'todo')
    .map((test) => test.fullName);
  const failures = [
    ...report.testResults
      .filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
      .map((file) => `${basename(file.name)}: ${firstLine(file.message)}`),
    ...tests
      .filter((test) => test.status === 'failed')
      .map((test) => `${test.fullName}: ${firstLine(test.failureMessages?.[0] ?? '')}`),
  ];
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  const ownFault = exitCode !== 0 && failed === 0;
  return {
    tier,
    passed: report.numPassedTests,
    failed: ownFault ? 1 : failed,
    failures: ownFault ? [...failures, `${tier}: jest ended with exit code ${exitCode}`] : failures,
    skipped,
    seconds,
  };
}

/** The first line of a message that says something, without colours. */
function firstLine(message: string): string {
  const lines = stripVTControlCharacters(message).split('\n');
  return (lines.find((line) => /\w/.test(line) && !line.trim().startsWith('●')) ?? '').trim();
}

/**
 * The closing lines of a run: one per tier, one per thing skipped, and last the
 * line CI systems look for.
 */
export function closingLines(results: readonly TierResult[], skippedTiers: readonly string[] = []): string[] {
  const sum = (pick: (result: TierResult) => number): number =>
    results.reduce((total, result) => total + pick(result), 0);
  const skipped = sum((result) => result.skipped.length) + skippedTiers.length;
  return [
    ...results.map(
      (r) =>
        `${r.tier}: ${r.passed} passed, ${r.failed} failed, ${r.skipped.length} skipped in ${r.seconds.toFixed(0)} s`,
    ),
    ...results.flatMap((r) => r.skipped.map((name) => `skipped: ${name}`)),
    ...results.flatMap((r) => r.failures.map((line) => `failed: ${line}`)),
    ...skippedTiers.map((line) => `skipped tier: ${line}`),
    `${sum((r) => r.passed)} passed, ${sum((r) => r.failed)} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  ];
}
