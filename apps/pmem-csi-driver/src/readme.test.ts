import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { pmemMetric } from '@rackwright/keys';
import { formatOptionsMarkdown } from '@rackwright/service';
import { expectReadmePart } from '../../../libs/service/src/testing/readme-part.ts';
import { options } from './options/options.ts';
import { orphanOptions } from './orphans/options.ts';
import { registrarOptions } from './registrar/options.ts';

const readme = new URL('../README.md', import.meta.url);
const read = (): string => readFileSync(readme, 'utf8');

test.each([
  ['options', formatOptionsMarkdown(options)],
  ['orphan options', formatOptionsMarkdown(orphanOptions)],
  ['registrar options', formatOptionsMarkdown(registrarOptions)],
])('the README shows the %s there are (UPDATE_GOLDEN=1 writes them)', (part, wanted) =>
  expectReadmePart(readme, part, wanted),
);

test('the README names every metric', () => {
  for (const metric of Object.values(pmemMetric)) expect(read()).toContain(metric);
});
