import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { formatOptionsMarkdown } from '@rackwright/service';
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
])('the README shows the %s there are', (name, expected) => {
  const pattern = new RegExp(`(<!-- ${name} -->\n)([\\s\\S]*?)(<!-- /${name} -->)`);
  const text = readFileSync(readme, 'utf8');
  if (process.env.UPDATE_GOLDEN === '1')
    writeFileSync(
      readme,
      text.replace(pattern, (_, open: string, __, close: string) => open + expected + close),
    );
  expect(pattern.exec(readFileSync(readme, 'utf8'))?.[2]).toBe(expected);
});
