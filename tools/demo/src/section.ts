import { table } from './table.ts';

/** One table of the view. */
export interface Section {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table as lines of text, its title first and an empty line at its end. */
export function sectionLines({ title, header, rows }: Section): string[] {
  return [title, ...table(header, rows).map((line) => `  ${line}`), ''];
}
