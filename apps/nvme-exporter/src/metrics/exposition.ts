/** Kinds of metric this app exports. */
export type MetricType = 'counter' | 'gauge';

/** Labels of a series. */
export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number | bigint];

/** The text format Prometheus scrapes, version 0.0.4. */
export const textFormat = 'text/plain; version=0.0.4; charset=utf-8';
/** The format a scraper may ask for. */
export const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** A metric with its series; nothing where it has none. Values that are no numbers are left out. */
export function formatFamily(
  { name, type, help }: { readonly name: string; readonly type: MetricType; readonly help: string },
  samples: readonly Sample[],
): string {
  const lines = samples
    .filter(([, value]) => typeof value === 'bigint' || Number.isFinite(value))
    .map(([labels, value]) => `${name}${formatLabels(labels)} ${value}\n`);
  if (lines.length === 0) return '';
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** The same metrics as OpenMetrics: there a counter is called without the `_total` of its series. */
export function toOpenMetrics(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\S+)_total counter$/gm)].map(([, name]) => name));
  const lines = text.split('\n').flatMap((line) => {
    if (line === '') return [];
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment === null) return [line];
    const [, word, name = '', rest = ''] = comment;
    const stem = name.replace(/_total$/, '');
    return [
      `# ${word} ${counters.has(stem) ? stem : name} ${word === 'HELP' ? rest.replaceAll('"', '\\"') : rest}`,
    ];
  });
  return `${lines.join('\n')}\n# EOF\n`;
}

/** Help text must escape backslash and newline. */
function escapeHelp(text: string): string {
  return text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** Label values must escape the quote too. */
function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
