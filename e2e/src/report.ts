import { measuredFaults } from './cases/faults.ts';

/** The table of faults: what was expected, within which time, and what was measured. */
export function faultReport(): string[] {
  if (measuredFaults.length === 0) return [];
  return [
    '',
    '| fault | expected | limit | seen after | recovered after |',
    '|---|---|---|---|---|',
    ...measuredFaults.map(
      (row) =>
        `| ${row.fault} | ${row.expected} | ${row.limit} s | ${row.seconds.toFixed(2)} s | ${row.recovery.toFixed(2)} s |`,
    ),
    '',
  ];
}
