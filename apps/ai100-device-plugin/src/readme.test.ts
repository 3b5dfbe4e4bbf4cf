import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { formatOptionsMarkdown } from '@rackwright/service';
import { options } from './options/index.ts';

const readme = new URL('../README.md', import.meta.url);
const pattern = /(<!-- options -->\n)([\s\S]*?)(<!-- \/options -->)/;

/** UPDATE_GOLDEN=1 writes the table anew. */
test('the README shows the options there are', () => {
  const expected = formatOptionsMarkdown(options);
  if (process.env.UPDATE_GOLDEN === '1') {
    const text = readFileSync(readme, 'utf8');
    writeFileSync(
      readme,
      text.replace(pattern, (_, open: string, __, close: string) => open + expected + close),
    );
  }
  expect(pattern.exec(readFileSync(readme, 'utf8'))?.[2]).toBe(expected);
});
