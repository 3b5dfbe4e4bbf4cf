import { measuredFaults } from './cases/faults.ts';
import { restartFigures } from './cases/real-restarts.ts';
import { weightFigures } from './cases/real-weights.ts';
import { rightsSeen } from './cases/rights.ts';
import { rolloutFigures } from './cases/rollouts.ts';

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

/** What restarts and rollouts cost. */
export function figureReport(): readonly string[] {
  return [...weightFigures, ...restartFigures, ...rolloutFigures];
}

/** What each account asked of the API server, beside what it may. */
export function rightsReport(): string[] {
  return rightsSeen.map(
    ({ account, requests, denied, unused }) =>
      `rights of ${account}: ${requests} requests, denied: ${denied.join('; ') || 'none'}, granted but unused: ${unused.join('; ') || 'none'}`,
  );
}
