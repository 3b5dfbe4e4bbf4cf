import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { discovery } from '@rackwright/keys';
import { formatOptionsMarkdown } from '@rackwright/service';
import { expectReadmePart } from '../../../libs/service/src/testing/readme-part.ts';
import { options } from './options.ts';

const readme = new URL('../README.md', import.meta.url);

/** UPDATE_GOLDEN=1 writes the table anew. */
test('the README shows the options there are', () => {
  expectReadmePart(readme, 'options', formatOptionsMarkdown(options));
});

test('the README names every label, annotation, metric and event', () => {
  const text = readFileSync(readme, 'utf8');
  const { label, annotation, metric, event } = discovery;
  const names = [label.ai100, label.cxi, label.pmem, annotation, metric, event]
    .flatMap((group): string[] => Object.values(group))
    .concat(label.memoryPresent, label.memoryDax, label.nonRotationalDisk);
  expect(names.filter((name) => !text.includes(`\`${name}`))).toEqual([]);
});
