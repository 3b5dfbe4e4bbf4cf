/** Kinds of metric this app exports. */
export type MetricType = 'counter' | 'gauge';

/** The text format Prometheus scrapes, version 0.0.4. */
export const expositionContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Writes metrics as text. */
export class Exposition {
  #text = '';

  /** Begins a metric; its samples must follow before the next begins. */
  family(name: string, type: MetricType, help: string): void {
    this.#text += familyHeader(name, type, help);
  }

  /**
   * Adds a series.
   *
   * @param labels as `formatLabels` writes them
   * @param value a number, or the digits of one that a number cannot hold
   */
  sample(name: string, labels: string, value: number | string): void {
    this.#text += `${name}${labels} ${typeof value === 'string' ? value : formatValue(value)}\n`;
  }

  text(): string {
    return this.#text;
  }
}

/** The lines that begin a metric. */
export function familyHeader(name: string, type: MetricType, help: string): string {
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
}

/** Labels in the given order, in braces; empty text for none. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** Help text must escape backslash and newline. */
function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** Label values must escape the quote too. */
function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
