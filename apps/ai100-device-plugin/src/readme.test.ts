import { test } from '@jest/globals';
import { formatOptionsMarkdown } from '@rackwright/service';
import { expectReadmePart } from '../../../libs/service/src/testing/readme-part.ts';
import { options } from './options/index.ts';

const readme = new URL('../README.md', import.meta.url);

/** UPDATE_GOLDEN=1 writes the table anew. */
test('the README shows the options there are', () => {
  expectReadmePart(readme, 'options', formatOptionsMarkdown(options));
});
