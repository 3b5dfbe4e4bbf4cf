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

/** The labels `names` in their order, in braces; empty text for none. */
export function formatLabels(names: readonly string[], labels: Readonly<Record<string, string>>): string {
  let text = '';
  for (const name of names) text += `${text === '' ? '' : ','}${name}="${escapeLabel(labels[name] ?? '')}"`;
  return text === '' ? '' : `{${text}}`;
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
  return /[\\"\n]/.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text;
}
