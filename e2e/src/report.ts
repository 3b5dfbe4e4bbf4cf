import type { CaseResult } from './case.ts';
import type { RightsReport } from './rights.ts';

/** The table of faults: what was expected, within which time, and what was measured. */
export function faultReport(results: readonly CaseResult[]): string[] {
  const rows = results.flatMap(({ faults = [] }) => faults);
  if (rows.length === 0) return [];
  return [
    '',
    '| fault | expected | limit | seen after | recovered after |',
    '|---|---|---|---|---|',
    ...rows.map(
      (row) =>
        `| ${row.fault} | ${row.expected} | ${row.limit} s | ${row.seconds.toFixed(2)} s | ${row.recovery.toFixed(2)} s |`,
    ),
    '',
  ];
}

/** What cases measured, such as the time restarts take. */
export function figureReport(results: readonly CaseResult[]): string[] {
  return results.flatMap(({ figures = [] }) => figures);
}

/** What each account asked of the API server, beside what it may. */
export function rightsReport(reports: readonly RightsReport[]): string[] {
  return reports.map(
    ({ account, requests, denied, unused }) =>
      `rights of ${account}: ${requests} requests, denied: ${denied.join('; ') || 'none'}, granted but unused: ${unused.join('; ') || 'none'}`,
  );
}
