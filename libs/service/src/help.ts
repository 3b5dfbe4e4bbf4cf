import { envNames } from './config.ts';
import type { OptionSpec, OptionSpecs } from './option-spec.ts';
import { defaultValue, formatValue } from './option-values.ts';

const WIDTH = 96;

/** The text of `--help`: usage, then each option with its type, environment twin and default. */
export function formatHelp(app: { name: string; description: string; options: OptionSpecs }): string {
  const lines = [`${app.name}: ${app.description}`, '', `Usage: ${app.name} [options]`, '', 'Options:'];
  for (const option of shownOptions(app.options)) {
    lines.push(`  --${option.flag}${option.type === 'boolean' ? '' : ` ${option.type}`}`);
    lines.push(...wrap(sentence(option), WIDTH - 8).map((line) => `        ${line}`));
  }
  lines.push('  --help', '        Prints this text.', '  --version', '        Prints the version.', '');
  return lines.join('\n');
}

/** The options of an app as a Markdown table, for its README and the docs. */
export function formatOptionsMarkdown(options: OptionSpecs): string {
  const rows = shownOptions(options).map((option) => [
    `\`--${option.flag}\``,
    envNames(option)
      .map((name) => `\`${name}\``)
      .join(', ') || '–',
    option.type,
    defaultText(option) ?? (option.required === true ? 'required' : '–'),
    describe(option).replaceAll('|', '\\|'),
  ]);
  const header = ['flag', 'environment', 'type', 'default', 'meaning'];
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

function shownOptions(options: OptionSpecs): OptionSpec[] {
  return Object.values(options).filter((option) => option.hidden !== true);
}

function sentence(option: OptionSpec): string {
  const notes = [];
  const fallback = defaultText(option);
  if (fallback !== undefined) notes.push(`default ${fallback.replaceAll('`', '')}`);
  if (option.required === true && fallback === undefined) notes.push('required');
  const env = envNames(option);
  if (env.length > 0) notes.push(`environment ${env.join(', ')}`);
  return describe(option) + (notes.length === 0 ? '' : ` (${notes.join('; ')})`);
}

function describe(option: OptionSpec): string {
  const choices =
    'choices' in option && option.choices !== undefined ? ` One of ${option.choices.join(', ')}.` : '';
  return option.description + choices;
}

function defaultText(option: OptionSpec): string | undefined {
  const value = defaultValue(option);
  if (value === undefined) return undefined;
  // A default that was written as text was written so that people understand it.
  const text = typeof option.default === 'string' ? option.default : formatValue(option.type, value);
  return text === '' ? 'empty' : `\`${text}\``;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
