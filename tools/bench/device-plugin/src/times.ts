/** One series of measured times in milliseconds. */
export interface Times {
  readonly name: string;
  readonly ms: readonly number[];
}

/** The nearest-rank percentile: the smallest time that `percent` of all do not exceed. */
export function percentile(ms: readonly number[], percent: number): number {
  const sorted = [...ms].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** What a series must not exceed. */
export interface Limit {
  readonly percent: 50 | 99;
  /** Milliseconds, or `ratio` times the reference's same percentile, whichever is larger. */
  readonly ms: number;
  readonly ratio?: number;
}

/** The plugin's series, the reference's, and the limit. */
export interface Comparison {
  readonly ours: Times;
  readonly reference: Times;
  readonly limit: Limit;
}

/** The milliseconds the limit comes to in this run. */
export function allowed({ reference, limit }: Comparison): number {
  const relative = limit.ratio === undefined ? 0 : limit.ratio * percentile(reference.ms, limit.percent);
  return Math.max(limit.ms, relative);
}

/** The limit a series breaks, as a sentence; undefined if it keeps it. */
export function breach(comparison: Comparison): string | undefined {
  const { ours, limit } = comparison;
  const value = percentile(ours.ms, limit.percent);
  const bound = allowed(comparison);
  if (value <= bound) return undefined;
  return `${ours.name}: p${limit.percent} ${format(value)} ms, limit ${format(bound)} ms`;
}

/** A Markdown table of all comparisons. */
export function report(comparisons: readonly Comparison[]): string {
  const header = ['', 'n', 'p50', 'p99', 'max', 'reference p50', 'p99', 'ratio p50', 'p99', 'limit'];
  const rows = comparisons.map(row);
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function row(comparison: Comparison): string[] {
  const { ours, reference, limit } = comparison;
  const of = (times: Times, percent: number): number => percentile(times.ms, percent);
  const ratio = (percent: number): string => (of(ours, percent) / of(reference, percent)).toFixed(1);
  return [
    ours.name,
    String(ours.ms.length),
    ...[50, 99, 100].map((percent) => format(of(ours, percent))),
    ...[50, 99].map((percent) => format(of(reference, percent))),
    ratio(50),
    ratio(99),
    `p${limit.percent} ${format(allowed(comparison))}`,
  ];
}

function format(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(0);
}
