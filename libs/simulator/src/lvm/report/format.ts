import type { CommandOutcome } from '../../commands/command.ts';
import { isGiven, type OptionSpec, optionValue, type ParsedWords } from '../../commands/options.ts';
import type { Row } from './rows.ts';

/** Options of every command that reports. */
export const reportOptions: readonly OptionSpec[] = [
  { names: ['--units'], takes: true },
  { names: ['--nosuffix'] },
  { names: ['--noheadings'] },
  { names: ['--reportformat'], takes: true },
  { names: ['--options', '-o'], takes: true },
  { names: ['--separator'], takes: true },
  { names: ['--all', '-a'] },
];

/** The rows of one kind, such as `pv`. */
export interface ReportTable {
  readonly kind: string;
  readonly rows: readonly Row[];
}

/** Each inner list is one object of the report. */
export type Report = readonly (readonly ReportTable[])[];

/** As LVM prints a report in JSON: one row a line, numbers as text. */
export function jsonReport(report: Report, words: ParsedWords): string {
  const objects = report.map((tables) => {
    const inner = tables.map(({ kind, rows }) => {
      const lines = rows.map((row) => `                  {${cells(row, words).join(', ')}}`);
      return `              "${kind}": [\n${lines.map((line) => `${line}`).join(',\n')}${lines.length > 0 ? '\n' : ''}              ]\n`;
    });
    return `          {\n${inner.join('              ,\n')}          }\n`;
  });
  return `  {\n      "report": [\n${objects.join('          ,\n')}      ]\n  }\n`;
}

function cells(row: Row, words: ParsedWords): string[] {
  return Object.entries(row).map(([name, value]) => `"${name}":${JSON.stringify(cellText(value, words))}`);
}

/** Lines of columns, with their names above them. */
export function textReport(
  rows: readonly Row[],
  headings: Readonly<Record<string, string>>,
  words: ParsedWords,
): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => columns.map((column) => cellText(row[column] ?? '', words)));
  const all = isGiven(words, '--noheadings')
    ? lines
    : [columns.map((column) => headings[column] ?? column), ...lines];
  const separator = optionValue(words, '--separator');
  if (separator !== undefined) return all.map((line) => `  ${line.join(separator)}\n`).join('');
  const widths = columns.map((_, i) => Math.max(...all.map((line) => line[i]?.length ?? 0)));
  const isSize = columns.map((column) => typeof rows[0]?.[column] === 'number');
  return all
    .map(
      (line) =>
        `  ${line.map((cell, i) => (isSize[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join(' ')}\n`,
    )
    .join('');
}

function cellText(value: string | number, words: ParsedWords): string {
  if (typeof value === 'string') return value;
  const suffix = !isGiven(words, '--nosuffix');
  if (optionValue(words, '--units')?.toLowerCase() === 'b') return `${value}${suffix ? 'B' : ''}`;
  return humanSize(value, suffix);
}

/** `<3.64t`, `396.00m`, `0 `: the sign says that it was rounded up. */
function humanSize(bytes: number, suffix: boolean): string {
  if (bytes === 0) return suffix ? '0 ' : '0';
  const units = ['b', 'k', 'm', 'g', 't', 'p'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const exact = bytes / 1024 ** power;
  const text = exact.toFixed(2);
  return `${Number(text) > exact ? '<' : ''}${text}${suffix ? units[power] : ''}`;
}

/** What LVM says of units or forms it is asked for and that are not known here. */
export function unknownReport(words: ParsedWords): CommandOutcome | undefined {
  const units = optionValue(words, '--units') ?? 'b';
  const format = optionValue(words, '--reportformat') ?? 'basic';
  if (!['b', 'B', 'h', 'r'].includes(units))
    return { code: 64, stderr: `lvm: the simulated lvm does not know --units ${units}\n` };
  if (!['basic', 'json'].includes(format))
    return { code: 64, stderr: `lvm: the simulated lvm does not know --reportformat ${format}\n` };
  return undefined;
}
