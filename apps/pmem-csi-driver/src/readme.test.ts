import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { pmemMetric } from '@rackwright/keys';
import { formatOptionsMarkdown } from '@rackwright/service';
import { options } from './options/options.ts';
import { orphanOptions } from './orphans/options.ts';
import { registrarOptions } from './registrar/options.ts';

const readme = new URL('../README.md', import.meta.url);
const read = (): string => readFileSync(readme, 'utf8');

test.each([
  ['options', formatOptionsMarkdown(options)],
  ['orphan options', formatOptionsMarkdown(orphanOptions)],
  ['registrar options', formatOptionsMarkdown(registrarOptions)],
])('the README shows the %s there are (UPDATE_GOLDEN=1 writes them)', (name, wanted) => {
  const pattern = new RegExp(`(<!-- ${name} -->\\n)([\\s\\S]*?)(<!-- /${name} -->)`);
  if (process.env.UPDATE_GOLDEN === '1') {
    writeFileSync(
      readme,
      read().replace(pattern, (_, open: string, __, close: string) => open + wanted + close),
    );
  }
  expect(pattern.exec(read())?.[2]).toBe(wanted);
});

test('the README names every metric', () => {
  for (const metric of Object.values(pmemMetric)) expect(read()).toContain(metric);
});
