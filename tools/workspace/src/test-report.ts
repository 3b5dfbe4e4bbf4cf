import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { oneLine } from '@rackwright/core';
import { unexcused } from './skipped-tests.ts';

/** What one run of a test tier counted. */
export interface TierResult {
  readonly tier: string;
  readonly passed: number;
  readonly failed: number;
  /** One line for each failure: the test or the file, and what it said. */
  readonly failures: readonly string[];
  /** Tests the run left out, each with its reason in the name. */
  readonly skipped: readonly string[];
  /** One line for each test that failed first and passed when its file was run again by itself. */
  readonly unsteady: readonly string[];
  readonly seconds: number;
}

/** The part of jest's `--json` output that is counted. */
export interface JestReport {
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
 * stands for tests that were left out without an excuse, or for what no test is to
 * blame for, such as an unknown option.
 *
 * @param second a run of just the files that failed; its results count instead. What failed only the first time is
 * `unsteady`: named, not counted. A counterexample of random inputs stays a failure: the second run had other inputs
 */
export function countJest(
  tier: string,
  first: JestReport,
  seconds: number,
  exitCode: number,
  second?: JestReport,
): TierResult {
  const again = new Map(second?.testResults.map((file) => [file.name, file]));
  const files = first.testResults.map((file) => again.get(file.name) ?? file);
  const tests = files.flatMap((file) => file.assertionResults);
  const last = files.flatMap(failuresOf);
  const stillFails = new Set(last.map(({ test }) => test));
  const onlyFirst = first.testResults.flatMap(failuresOf).filter(({ test }) => !stillFails.has(test));
  const counterexamples = onlyFirst.filter(({ seeded }) => seeded);
  const broken = [...last, ...counterexamples];
  const unsteady = onlyFirst.filter(({ seeded }) => !seeded);
  const ownFault = exitCode !== 0 && first.testResults.every(({ status }) => status !== 'failed');
  const skipped = tests
    .filter(({ status }) => status === 'pending' || status === 'todo')
    .map((one) => one.fullName);
  const failures = [
    ...broken.map(formatFailure),
    ...(ownFault ? [`${tier}: jest ended with exit code ${exitCode}${leftOut(skipped)}`] : []),
  ];
  return {
    tier,
    passed: tests.filter(({ status }) => status === 'passed').length - counterexamples.length,
    failed: failures.length,
    failures,
    skipped,
    unsteady: unsteady.map(formatFailure),
    seconds,
  };
}

/** With CI=true the reporter of skipped tests lets the run fail for them. */
function leftOut(skipped: readonly string[]): string {
  const names = unexcused(skipped);
  return names.length === 0 ? '' : `, perhaps for what was left out: ${names.join(', ')}`;
}

/** Files with a failure, as jest names them. */
export function failedFiles({ testResults }: JestReport): string[] {
  return testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
}

interface Failure {
  /** Full name of the test, or the name of a file that could not be loaded. */
  readonly test: string;
  readonly said: string;
  /** Random inputs made it, and the message says with which seed: fast-check and the charts' survey do. */
  readonly seeded: boolean;
}

function failuresOf({ name, status, message, assertionResults }: JestFile): Failure[] {
  const failed = assertionResults.filter((one) => one.status === 'failed');
  // It could not be loaded, or what comes after its tests failed.
  if (status === 'failed' && failed.length === 0) {
    return [{ test: basename(name), said: said(message), seeded: false }];
  }
  return failed.map(({ fullName: test, failureMessages: [text = ''] = [] }) => {
    return { test, said: said(text), seeded: /\bseed"?: /.test(stripVTControlCharacters(text)) };
  });
}

function formatFailure({ test, said }: Failure): string {
  return `${test}: ${said}`;
}

/**
 * A message as one line, without colours, stack and code. Of a comparison of two
 * values only what differs is left: what is alike could leave no room for it.
 */
function said(message: string): string {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => !/^( {4,}at | *●| *>? *\d* \|)/.test(line));
  const compared = lines.findIndex((line) => line.trim().startsWith('- Expected'));
  const told = lines.filter((line, i) => compared < 0 || i < compared || /^ *[-+]/.test(line));
  return oneLine(told.join('\n'));
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
    ...results.flatMap((r) => r.unsteady.map((line) => `unsteady (passed when run again alone): ${line}`)),
    ...results.flatMap((r) => r.failures.map((line) => `failed: ${line}`)),
    ...skippedTiers.map((line) => `skipped tier: ${line}`),
    `${sum((r) => r.passed)} passed, ${sum((r) => r.failed)} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  ];
}
