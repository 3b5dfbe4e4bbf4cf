import type { AidaptivCacheStatus } from '@rackwright/api';
import { aidaptivCache } from '@rackwright/keys';
import { silentAfterMs } from './known-exporters.ts';

type ExporterCounts = NonNullable<AidaptivCacheStatus['exporters']>;

/** What is known of the exporter of one node; times are in milliseconds since the epoch. */
export interface ExporterSight {
  readonly node: string;
  /** Since when its handshake is awaited. */
  readonly awaitedSince: number;
  /** Of its newest handshake; absent when there was none lately. */
  readonly heardAt?: number;
}

/** Which exporters report, and which have gone silent. */
export interface ExporterReport {
  readonly counts: ExporterCounts;
  /** Every silent one, by name. */
  readonly silent: readonly string[];
  /** When one of them counts as silent unless it is heard of, in milliseconds from now. */
  readonly changesAfterMs?: number;
}

/** Looks at clocks are put together, so that a thousand nodes that go silent are not a thousand changes. */
const lookEveryMs = 15_000;

/**
 * Tells which exporters report. A node that was not heard of yet by this process has
 * a quarter of an hour, in which it counts as before: a start of the operator changes
 * nothing. The same input gives the same report.
 *
 * @param before what was told last
 */
export function reportExporters(
  sights: readonly ExporterSight[],
  before: ExporterCounts | undefined,
  now: number,
): ExporterReport {
  const wasSilent = new Set(before?.silent);
  const judged = sights.map((sight) => ({ ...sight, state: judge(sight, wasSilent, now) }));
  const of = (state: State): typeof judged => judged.filter((one) => one.state === state);
  const reporting = of('reporting');
  const silent = of('silent')
    .map(({ node }) => node)
    .sort();
  // Those that count as before are what is left of the number of before.
  const known = reporting.filter(({ node }) => !wasSilent.has(node)).length;
  const carried = Math.min(Math.max((before?.reporting ?? 0) - known, 0), of('awaited').length);
  const waits = judged.flatMap((one) => (one.state === 'silent' ? [] : [endOf(one) - now]));
  return {
    counts: {
      expected: sights.length,
      reporting: reporting.length + carried,
      silent: silent.slice(0, aidaptivCache.handshake.maxSilent),
    },
    silent,
    ...(waits.length === 0
      ? {}
      : { changesAfterMs: Math.ceil(Math.min(...waits) / lookEveryMs) * lookEveryMs }),
  };
}

type State = 'reporting' | 'awaited' | 'silent';

function judge(sight: ExporterSight, wasSilent: ReadonlySet<string>, now: number): State {
  if (sight.heardAt !== undefined && sight.heardAt + silentAfterMs > now) return 'reporting';
  return endOf(sight) <= now || wasSilent.has(sight.node) ? 'silent' : 'awaited';
}

/** When its time is over. */
function endOf({ awaitedSince, heardAt = 0 }: ExporterSight): number {
  return Math.max(awaitedSince, heardAt) + silentAfterMs;
}
