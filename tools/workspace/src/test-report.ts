/** What one run of a test tier counted. */
export interface TierResult {
  readonly tier: string;
  readonly passed: number;
  readonly failed: number;
  /** Tests the run left out, each with its reason in the name. */
  readonly skipped: readonly string[];
  readonly seconds: number;
}

/** The part of jest's `--json` output that is counted. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Counts a jest run; a file that could not even be loaded counts as one failure. */
export function countJest(tier: string, report: JestReport, seconds: number): TierResult {
  const skipped = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === 'pending' || test.status === 'todo')
      .map((test) => test.fullName),
  );
  return {
    tier,
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped,
    seconds,
  };
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
    ...skippedTiers.map((line) => `skipped tier: ${line}`),
    `${sum((r) => r.passed)} passed, ${sum((r) => r.failed)} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  ];
}
