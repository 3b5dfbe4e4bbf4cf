import { test } from '@jest/globals';
import { formatOptionsMarkdown } from '@rackwright/service';
import { expectReadmePart } from '../../../libs/service/src/testing/readme-part.ts';
import { families } from './metrics/render.ts';
import { options } from './options.ts';

const readme = new URL('../README.md', import.meta.url);

function metricsTable(): string {
  const rows = families.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ') || '–'} | ${help} |\n`,
  );
  return `| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n${rows.join('')}`;
}

/** UPDATE_GOLDEN=1 writes the tables anew. */
test.each([
  ['options', formatOptionsMarkdown(options)],
  ['metrics', metricsTable()],
])('the README shows the %s there are', (part, wanted) => expectReadmePart(readme, part, wanted));
