import { expect, test } from '@jest/globals';
import { formatOptionsMarkdown } from '@rackwright/service';
import { keptMetricNames } from '@rackwright/testbed/without-nodes';
import { expectReadmePart } from '../../../libs/service/src/testing/readme-part.ts';
import { families } from './families.ts';
import { options } from './options.ts';

const readme = new URL('../README.md', import.meta.url);

function metricsTable(): string {
  const rows = families.map(({ name, type, labels, help, from }) => [
    `\`${name}\``,
    type,
    labels.filter((label) => label !== 'node').join(', ') || '–',
    help.replace(/\.$/, ''),
    from,
  ]);
  return table(['metric', 'type', 'labels beside node', 'meaning', 'from'], rows);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/** UPDATE_GOLDEN=1 writes the part of the README anew. */
test.each([
  ['options', formatOptionsMarkdown(options)],
  ['metrics', metricsTable()],
  [
    'kept names',
    table(
      ['metric', 'why it keeps its name'],
      Object.entries(keptMetricNames).map(([name, why]) => [`\`${name}\``, why]),
    ),
  ],
])('the README shows the %s there are', (part, wanted) => expectReadmePart(readme, part, wanted));

test('no metric is named twice', () => {
  const names = families.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
