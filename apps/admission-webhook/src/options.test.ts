import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { formatOptionsMarkdown } from '@rackwright/service';
import { options } from './options.ts';

const readme = new URL('../README.md', import.meta.url);
const begin = '<!-- options: made from src/options.ts, a test compares -->\n';
const end = '<!-- /options -->';

test('the README lists the options as they are (UPDATE_GOLDEN=1 writes them)', () => {
  const text = readFileSync(readme, 'utf8');
  const [before = '', rest = ''] = text.split(begin);
  const wanted = before + begin + formatOptionsMarkdown(options) + end + (rest.split(end)[1] ?? '');
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(readme, wanted);
  expect(readFileSync(readme, 'utf8')).toBe(wanted);
});
